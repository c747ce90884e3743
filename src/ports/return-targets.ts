/** Where callers may be returned to: ids from configuration (`flows/targets.yaml`), never dial strings from a caller. */
export interface ReturnTargets {
  /** Endpoint in the switch's notation, or null when there is no such target. */
  resolve(id: string): string | null;
  /** The target of flows that name none. */
  readonly defaultTarget: string | null;
}
