import { Correlation } from "~/features/correlation/Correlation";
import { useComplete } from "~/features/shell/PortfolioFrame";

/** Which of the largest positions move together, and which are separate bets. */
export function CorrelationPage() {
  const { data } = useComplete();
  return data ? <Correlation found={data} /> : null;
}
