/**
 * One half of G.722's sound: predicts each sample from those before and carries only the error, in steps that grow and
 * shrink with it. Whole numbers throughout, with the roundings of ITU-T G.722, because the far end must predict the same.
 */

/** What differs between the two halves; the names of the standard's tables are beside them. */
interface BandTables {
  /** Least errors of the quantiser's steps, in units of the step size (Q6, Q2). */
  readonly steps: Int32Array;
  /** Code of a step, for errors below zero and from zero up (ILN and ILP, IHN and IHP). */
  readonly negative: Int32Array;
  readonly positive: Int32Array;
  /** Bits of a code that the prediction does not use. */
  readonly spare: number;
  /** Error that a code stands for: in full (QM6, QM2), and as the prediction sees it (QM4, QM2). */
  readonly fullError: Int32Array;
  readonly error: Int32Array;
  /** What a code does to the logarithm of the step size (WL by RL42, WH by RH2), and that one's largest value. */
  readonly growth: Int32Array;
  readonly largest: number;
  /** Shift from the logarithm to the step size. */
  readonly scale: number;
  readonly firstStep: number;
}

/** Entries for the magnitudes of the error, then the same below zero. */
const mirrored = (values: readonly number[]): number[] => [...values.map((value) => -value), ...values];
const countdown = (from: number, to: number): number[] => Array.from({ length: from - to + 1 }, (_, at) => from - at);

const COARSE = [20_456, 12_896, 8968, 6288, 4240, 2584, 1200];
const FINE = [
  24_808, 21_904, 19_008, 16_704, 14_984, 13_512, 12_280, 11_192, 10_232, 9360, 8576, 7856, 7192, 6576, 6000, 5456,
  4944, 4464, 4008, 3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728,
];
const LOW_GROWTH = [3042, 1198, 538, 334, 172, 58, -30];

export const LOW_BAND: BandTables = {
  steps: Int32Array.of(
    35,
    72,
    110,
    150,
    190,
    233,
    276,
    323,
    370,
    422,
    473,
    530,
    587,
    650,
    714,
    786,
    858,
    940,
    1023,
    1121,
    1219,
    1339,
    1458,
    1612,
    1765,
    1980,
    2195,
    2557,
    2919,
  ),
  negative: Int32Array.of(63, 62, ...countdown(31, 4)),
  positive: Int32Array.from(countdown(61, 32)),
  spare: 2,
  fullError: Int32Array.of(-136, -136, -136, -136, ...mirrored(FINE), 432, 136, -432, -136),
  error: Int32Array.of(0, ...mirrored(COARSE), 0),
  growth: Int32Array.of(-60, ...LOW_GROWTH, ...LOW_GROWTH, -60),
  largest: 18_432,
  scale: 8,
  firstStep: 32,
};

export const HIGH_BAND: BandTables = {
  steps: Int32Array.of(564),
  negative: Int32Array.of(1, 0),
  positive: Int32Array.of(3, 2),
  spare: 0,
  fullError: Int32Array.from(mirrored([7408, 1616])),
  error: Int32Array.from(mirrored([7408, 1616])),
  growth: Int32Array.of(798, -214, 798, -214),
  largest: 22_528,
  scale: 10,
  firstStep: 8,
};

/** 2048 * 2^(n/32). */
const POWERS = Int32Array.from({ length: 32 }, (_, n) => Math.trunc(2048 * 2 ** (n / 32) + 0.5));
const ZEROS = 6;

export function saturate(value: number): number {
  return clamp(value, -32_768, 32_767);
}

function clamp(value: number, least: number, most: number): number {
  return value > most ? most : value < least ? least : value;
}

const at = (values: Int32Array, index: number): number => values[index] ?? 0;
const sameSign = (a: number, b: number): boolean => a < 0 === b < 0;

const weighted = (weight: number, value: number): number => (weight * saturate(2 * value)) >> 15;

function prepend(history: Int32Array, latest: number): void {
  for (let index = history.length - 1; index > 0; index -= 1) history[index] = at(history, index - 1);
  history[0] = latest;
}

export class G722Band {
  private prediction = 0;
  /** The part of the prediction that comes from the errors. */
  private fromErrors = 0;
  private step: number;
  private logStep = 0;
  /** The last errors with their weights. */
  private readonly errors = new Int32Array(ZEROS);
  private readonly errorWeights = new Int32Array(ZEROS);
  /** The last two reconstructed samples with their weights, and the last two partial reconstructions. */
  private readonly samples = new Int32Array(2);
  private readonly weights = new Int32Array(2);
  private readonly partial = new Int32Array(2);

  constructor(private readonly tables: BandTables) {
    this.step = tables.firstStep;
  }

  encode(sample: number): number {
    const { steps, negative, positive } = this.tables;
    const error = saturate(sample - this.prediction);
    const magnitude = error >= 0 ? error : -(error + 1);
    let found = 0;
    while (found < steps.length && magnitude >= (at(steps, found) * this.step) >> 12) found += 1;
    const code = at(error < 0 ? negative : positive, found);
    this.follow(code);
    return code;
  }

  /** The sample that a code stands for, of 15 bits. */
  decode(code: number): number {
    const sample = saturate(this.prediction + ((this.step * at(this.tables.fullError, code)) >> 15));
    this.follow(code);
    return clamp(sample, -16_384, 16_383);
  }

  private follow(code: number): void {
    const { spare, error, growth, largest, scale } = this.tables;
    const seen = code >> spare;
    const difference = (this.step * at(error, seen)) >> 15;
    this.logStep = clamp(((this.logStep * 127) >> 7) + at(growth, seen), 0, largest);
    const shift = scale - (this.logStep >> 11);
    const power = at(POWERS, (this.logStep >> 6) & 31);
    this.step = (shift < 0 ? power << -shift : power >> shift) << 2;
    this.adapt(difference);
  }

  /** Moves each weight a little towards what would have predicted better, and predicts the next sample. */
  private adapt(error: number): void {
    const whole = saturate(this.prediction + error);
    const part = saturate(this.fromErrors + error);
    this.adaptWeights(part);
    this.adaptErrorWeights(error);
    prepend(this.errors, error);
    prepend(this.samples, whole);
    prepend(this.partial, part);
    this.predict();
  }

  private adaptWeights(part: number): void {
    const [first, second] = [at(this.weights, 0), at(this.weights, 1)];
    const [last, before] = [at(this.partial, 0), at(this.partial, 1)];
    const pull = saturate(first << 2);
    const towards = saturate(sameSign(part, last) ? -pull : pull);
    const moved = (sameSign(part, before) ? 128 : -128) + (towards >> 7) + ((second * 32_512) >> 15);
    const newSecond = clamp(moved, -12_288, 12_288);
    const newFirst = saturate((sameSign(part, last) ? 192 : -192) + ((first * 32_640) >> 15));
    const most = saturate(15_360 - newSecond);
    this.weights[0] = clamp(newFirst, -most, most);
    this.weights[1] = newSecond;
  }

  private adaptErrorWeights(error: number): void {
    const push = error === 0 ? 0 : 128;
    for (let index = 0; index < ZEROS; index += 1) {
      const direction = sameSign(at(this.errors, index), error) ? push : -push;
      this.errorWeights[index] = saturate(direction + ((at(this.errorWeights, index) * 32_640) >> 15));
    }
  }

  private predict(): void {
    const fromSamples = saturate(
      weighted(at(this.weights, 0), at(this.samples, 0)) + weighted(at(this.weights, 1), at(this.samples, 1)),
    );
    let sum = 0;
    for (let index = 0; index < ZEROS; index += 1) {
      sum += weighted(at(this.errorWeights, index), at(this.errors, index));
    }
    this.fromErrors = saturate(sum);
    this.prediction = saturate(fromSamples + this.fromErrors);
  }
}
