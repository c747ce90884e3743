import { randomUUID } from 'node:crypto';
import type { IdMaker } from '../ports/id-maker';

/** `call_` + 32 hexadecimal digits, from the system's random source. Not all digits, so no card pattern matches one. */
export const randomIds: IdMaker = (prefix) => `${prefix}_${randomUUID().replaceAll('-', '')}`;
