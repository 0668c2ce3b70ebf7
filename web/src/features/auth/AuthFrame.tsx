import { Title } from "@mantine/core";
import type { ReactNode } from "react";
import "./auth.css";

interface FrameProps {
  readonly title: string;
  readonly wide?: boolean;
  readonly children: ReactNode;
}

/** A page for somebody who is not signed in. */
export function AuthFrame({ title, wide = false, children }: FrameProps) {
  return (
    <main className="rp-auth">
      <div className="rp-auth-mark">
        <img src="/icon.svg" width={36} height={36} alt="" />
        <span>riskpanel</span>
      </div>
      <div className="rp-auth-card" data-wide={wide}>
        <Title order={1} size="h3" mb="sm">
          {title}
        </Title>
        {children}
      </div>
      <p className="rp-quiet rp-small">Portfolio risk, computed each night, on a server of your own.</p>
    </main>
  );
}
