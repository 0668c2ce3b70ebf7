import { ActionIcon, Group, Tooltip } from "@mantine/core";
import { IconPencil, IconTrash } from "@tabler/icons-react";
import type { ComponentType } from "react";

interface RowActionsProps {
  /** What the row is, for a screen reader: "the lot AAPL, 5 long". */
  readonly what: string;
  readonly onEdit: () => void;
  readonly onRemove: () => void;
}

/** The two buttons of a row that can be changed. */
export function RowActions({ what, onEdit, onRemove }: RowActionsProps) {
  return (
    <Group gap={2} my={-4} wrap="nowrap" justify="flex-end" className="rp-no-print">
      <Action words="Change" what={what} icon={IconPencil} onClick={onEdit} />
      <Action words="Remove" what={what} icon={IconTrash} onClick={onRemove} />
    </Group>
  );
}

interface ActionProps {
  readonly words: string;
  readonly what: string;
  readonly icon: ComponentType<{ size: number; stroke: number; "aria-hidden": true }>;
  readonly onClick: () => void;
}

function Action({ words, what, icon: Icon, onClick }: ActionProps) {
  return (
    <Tooltip label={words}>
      <ActionIcon variant="subtle" color="slate" aria-label={`${words} ${what}`} onClick={onClick}>
        <Icon size={17} stroke={1.7} aria-hidden />
      </ActionIcon>
    </Tooltip>
  );
}
