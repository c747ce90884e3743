const LONGER = 16;
const TRIES = 3;

/**
 * What `work` costs for something 16 times as long, as a multiple of what it costs for something once as long: about 16 when its time
 * grows with the length, 256 with the square of it. In CPU time, and the cheapest of some tries: how busy the machine is does not count.
 */
export function growth(work: (times: number) => void): number {
  const short = cheapest(work, 1);
  return cheapest(work, LONGER) / short;
}

/** Half way, as factors go, between 16 and 256. */
export const LINEAR = 64;

function cheapest(work: (times: number) => void, times: number): number {
  const costs = Array.from({ length: TRIES }, () => {
    const from = process.cpuUsage();
    work(times);
    const { user, system } = process.cpuUsage(from);
    return user + system;
  });
  return Math.max(1, Math.min(...costs));
}
