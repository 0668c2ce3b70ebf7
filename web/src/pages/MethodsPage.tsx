export function MethodsPage() {
  return <p>Methods</p>;
}
