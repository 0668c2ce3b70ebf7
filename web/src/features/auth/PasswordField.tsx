import { PasswordInput, type PasswordInputProps } from "@mantine/core";
import { type KeyboardEvent, useState } from "react";

/** A password that can be shown; says when caps lock is on. */
export function PasswordField({ description, ...props }: PasswordInputProps) {
  const [caps, setCaps] = useState(false);
  const look = (event: KeyboardEvent) => setCaps(event.getModifierState("CapsLock"));
  return (
    <PasswordInput
      {...props}
      maxLength={1000}
      onKeyDown={look}
      onKeyUp={look}
      onBlur={() => setCaps(false)}
      description={
        caps || description ? (
          <span aria-live="polite">
            {caps && <strong className="rp-more">⇪ Caps lock is on. </strong>}
            {description}
          </span>
        ) : undefined
      }
      inputWrapperOrder={["label", "input", "description", "error"]}
      visibilityToggleFocusable
      visibilityToggleButtonProps={{ "aria-label": `Show ${String(props.label).toLowerCase()}` }}
    />
  );
}
