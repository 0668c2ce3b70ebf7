export { useHashState } from "~/ui/hashState";
