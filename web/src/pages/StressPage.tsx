import { useComplete } from "~/features/shell/PortfolioFrame";
import { Stress } from "~/features/stress/Stress";

/** What moves of the market, of sectors, and of the past would do to what is held. */
export function StressPage() {
  const { data } = useComplete();
  return data ? <Stress key={data.portfolio.id} found={data} /> : null;
}
