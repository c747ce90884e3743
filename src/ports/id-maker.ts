/** Makes ids that never repeat, such as `call_3f9c...`. Passed in, so that tests and simulations are reproducible. */
export type IdMaker = (prefix: string) => string;
