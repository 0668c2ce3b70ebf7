import { Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { sessionQuery } from "~/api/queries";
import { readKind } from "~/features/import/kinds";
import { Wizard } from "~/features/import/Wizard";
import { useAddress } from "~/ui/address";
import "~/ui/tables.css";
import "~/features/import/import.css";

export function ImportPage() {
  const { data: session } = useQuery(sessionQuery);
  const [held, hold] = useAddress("kind");
  const admin = session?.is_admin ?? false;
  const kind = readKind(held, admin);
  return (
    <>
      <div className="rp-page-head">
        <div>
          <Title order={1} size="h2">
            Import
          </Title>
          <div className="rp-quiet rp-small">
            A file is imported whole or not at all; the same file twice changes nothing. Prices come by
            “riskpanel fetch” or “riskpanel import prices” on the server.
          </div>
        </div>
      </div>
      <Wizard key={kind.name} kind={kind} onKind={hold} admin={admin} />
    </>
  );
}
