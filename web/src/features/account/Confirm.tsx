import { Button, Group, Popover } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { ReactNode } from "react";

interface ConfirmProps {
  readonly action: string;
  /** What the button does, for those who hear it out of its row. */
  readonly label: string;
  readonly busy: boolean;
  readonly onConfirm: () => void;
  readonly children: ReactNode;
}

/** A button that asks once more, saying what follows. */
export function Confirm({ action, label, busy, onConfirm, children }: ConfirmProps) {
  const [open, box] = useDisclosure(false);
  return (
    <Popover opened={open} onChange={(to) => !to && box.close()} trapFocus withArrow width={280} shadow="md">
      <Popover.Target>
        <Button variant="default" size="compact-sm" onClick={box.toggle} loading={busy} aria-label={label}>
          {action}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={label}>
        <p className="rp-confirm">{children}</p>
        <Group gap="xs">
          <Button
            size="compact-sm"
            onClick={() => {
              box.close();
              onConfirm();
            }}
          >
            {action}
          </Button>
          <Button size="compact-sm" variant="default" onClick={box.close}>
            Keep it
          </Button>
        </Group>
      </Popover.Dropdown>
    </Popover>
  );
}
