import { Button, CopyButton, Group, TextInput } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { Note } from "~/ui/Note";

interface SecretProps {
  readonly label: string;
  readonly secret: string;
  readonly children: ReactNode;
  readonly onDone: () => void;
}

/** Something that is shown once: to copy, and then to put away. */
export function Secret({ label, secret, children, onDone }: SecretProps) {
  return (
    <div className="rp-secret" role="status">
      <Note>{children}</Note>
      <Group gap="xs" align="flex-end" wrap="wrap">
        <TextInput
          label={label}
          value={secret}
          readOnly
          onFocus={(event) => event.currentTarget.select()}
          className="rp-secret-text"
        />
        <CopyButton value={secret} timeout={4_000}>
          {({ copied, copy }) => (
            <Button
              onClick={copy}
              variant={copied ? "light" : "filled"}
              leftSection={copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
            >
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
        <Button variant="default" onClick={onDone}>
          Done
        </Button>
      </Group>
    </div>
  );
}
