import { Badge, Group, Title, Tooltip } from "@mantine/core";
import { IconInfoCircle } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { nearDay } from "~/lib/format";
import { covers, isWhole, type Tone } from "~/lib/words";

export interface CardProps {
  readonly title: string;
  /** One sentence that explains the number. */
  readonly about: string;
  /** Anchor of its section on the methods page. */
  readonly method?: string;
  readonly coverage?: number | null;
  readonly asOf?: string;
  readonly span?: number;
  readonly headline?: ReactNode;
  readonly level?: string | null;
  readonly tone?: Tone;
  readonly aside?: ReactNode;
  readonly sentence?: ReactNode;
  readonly children?: ReactNode;
  readonly facts?: ReactNode;
}

/** One question: the number, what it means, the picture, the facts behind it. */
export function Card(props: CardProps) {
  const { title, about, method, coverage, asOf, span = 6, headline, level, tone = "calm", aside } = props;
  const id = `card-${title.toLowerCase().replaceAll(/[^a-z]+/g, "-")}`;
  return (
    <section className="rp-card" data-span={span} aria-labelledby={id}>
      <Group justify="space-between" wrap="nowrap" align="flex-start" gap="xs">
        <Group gap={6} wrap="nowrap">
          <Title order={2} size="0.9375rem" id={id}>
            {title}
          </Title>
          <Tooltip label={about}>
            <button type="button" className="rp-info" aria-label={`About ${title}: ${about}`}>
              <IconInfoCircle size={16} stroke={1.6} aria-hidden />
            </button>
          </Tooltip>
        </Group>
        <Group gap={6} wrap="nowrap" className="rp-badges">
          {!isWhole(coverage) && (
            <Tooltip label="Share of gross exposure that this number rests on; the rest has too little data.">
              <Badge variant="light" color="orange" tt="none" className="rp-badge-more" tabIndex={0}>
                {covers(coverage)}
              </Badge>
            </Tooltip>
          )}
          {asOf !== undefined && (
            <Badge variant="light" color="slate" tt="none" className="rp-badge">
              as of {nearDay(asOf)}
            </Badge>
          )}
        </Group>
      </Group>
      {headline !== undefined && (
        <div>
          <span className="rp-headline">{headline}</span>
          {level && <span className={`rp-level rp-${tone}`}>{level}</span>}
          {aside && <span className="rp-aside">{aside}</span>}
        </div>
      )}
      {props.sentence && <p className="rp-sentence">{props.sentence}</p>}
      {props.children}
      {(props.facts || method) && (
        <div className="rp-facts">
          {props.facts}
          {method && (
            <div className="rp-no-print">
              <Link to="/methods" hash={method} className="rp-link">
                How this is computed
              </Link>
            </div>
          )}
        </div>
      )}
    </section>
  );
}
