/** A share within 0 and 1, for places on a scale. */
export function clampShare(share: number): number {
  return Math.min(1, Math.max(0, share));
}

/** The least round number that is not below any of some sizes: where a row of bars ends. */
export function roundEnd(sizes: readonly number[]): number {
  const largest = Math.max(0, ...sizes.filter(Number.isFinite));
  if (largest === 0) return 1;
  const power = 10 ** Math.floor(Math.log10(largest));
  const steps = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];
  return (steps.find((step) => step * power >= largest * 0.999) ?? 10) * power;
}
