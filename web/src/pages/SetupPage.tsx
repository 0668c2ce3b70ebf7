export function SetupPage() {
  return <p>Setup</p>;
}
