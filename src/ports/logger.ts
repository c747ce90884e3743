/**
 * The only fields a log line may carry. An allow-list by type: a Buffer, a vault slot or a gateway's body has no field
 * to go into (secure capture: redaction comes second, types come first).
 */
export interface LogFields {
  readonly call?: string;
  readonly channel?: string;
  readonly bridge?: string;
  readonly playback?: string;
  readonly caller?: string;
  readonly did?: string;
  readonly flow?: string;
  readonly step?: string;
  readonly field?: string;
  readonly attempt?: number | string;
  readonly outcome?: string;
  readonly connector?: string;
  readonly operation?: string;
  readonly status?: number;
  readonly ms?: number;
  readonly count?: number;
  readonly order?: string;
  readonly amount?: string;
  readonly currency?: string;
  readonly masked?: string;
  readonly brand?: string;
  readonly target?: string;
  readonly words?: string;
  readonly cause?: number | string;
  readonly state?: string;
  readonly url?: string;
  readonly file?: string;
  readonly version?: string;
  readonly pid?: number;
  readonly port?: number;
  readonly code?: string;
  readonly reason?: string;
  readonly error?: string;
}

export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}
