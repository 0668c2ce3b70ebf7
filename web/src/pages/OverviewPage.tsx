import { BetaCard } from "~/features/overview/BetaCard";
import { ConcentrationCard } from "~/features/overview/ConcentrationCard";
import { ContributorsCard } from "~/features/overview/ContributorsCard";
import { HealthCard } from "~/features/overview/HealthCard";
import { SectorsCard } from "~/features/overview/SectorsCard";
import { StressCard } from "~/features/overview/StressCard";
import { TailCard } from "~/features/overview/TailCard";
import { VolatilityCard } from "~/features/overview/VolatilityCard";
import { useComplete } from "~/features/shell/PortfolioFrame";

/** One question a card, in the order in which an investor asks them. */
export function OverviewPage() {
  const { data } = useComplete();
  if (!data) return null;
  return (
    <div className="rp-grid">
      <VolatilityCard found={data} />
      <BetaCard found={data} />
      <SectorsCard found={data} />
      <ConcentrationCard found={data} />
      <StressCard found={data} />
      <ContributorsCard found={data} />
      <TailCard found={data} />
      <HealthCard found={data} />
    </div>
  );
}
