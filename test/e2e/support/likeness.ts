import { readAudio } from '../../support/audio-files';

/** One value of loudness per this many ms, fine enough for single words. */
const FRAME_MS = 10;
const SLACK_FRAMES = 5;
/** A machine under load may keep a listener waiting between two of them. */
const LONGEST_GAP_FRAMES = 80;
const FOUND = 0.6;

/**
 * How well each recording of `spoken` is found in `heard`, 1 to about 0: the first anywhere, each other one where the one before
 * it ends, give or take a short gap.
 */
export function likenessInOrder(heard: string, spoken: readonly string[]): number[] {
  const far = envelope(heard);
  let [from, to] = [0, far.length];
  return spoken.map((file) => {
    const near = envelope(file);
    let best = { likeness: 0, at: from };
    for (let at = from; at <= to && at + near.length <= far.length; at++) {
      const likeness = correlation(near, far.slice(at, at + near.length));
      if (likeness > best.likeness) best = { likeness, at };
    }
    // After one that is not found, the next may be anywhere in its place.
    if (best.likeness >= FOUND) from = to = best.at + near.length;
    else to += near.length;
    [from, to] = [Math.max(0, from - SLACK_FRAMES), to + LONGEST_GAP_FRAMES];
    return best.likeness;
  });
}

function envelope(file: string): number[] {
  const { rate, samples } = readAudio(file);
  const size = Math.round((rate * FRAME_MS) / 1000);
  return Array.from({ length: Math.floor(samples.length / size) }, (_, frame) => {
    const part = samples.subarray(frame * size, (frame + 1) * size);
    return Math.sqrt(part.reduce((sum, sample) => sum + sample * sample, 0) / size);
  });
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [both, ofA, ofB] = [0, 0, 0];
  for (const [index, value] of a.entries()) {
    const [x, y] = [value - meanA, (b[index] ?? 0) - meanB];
    both += x * y;
    ofA += x * x;
    ofB += y * y;
  }
  return ofA === 0 || ofB === 0 ? 0 : both / Math.sqrt(ofA * ofB);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
