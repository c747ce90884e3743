/** Where callers may be returned to: ids from configuration (`flows/targets.yaml`), never dial strings from a caller. */
export interface ReturnTargets {
  /** Endpoint in the switch's notation, or null when there is no such target. */
  resolve(id: string): string | null;
  /** SIP address that the other side can be referred to (REFER), or null when the target has none. */
  addressOf(id: string): string | null;
  /**
   * The id of the target that a telephone is: by its SIP address (`sip:101@10.0.0.5`), as a transferring PBX says it, or by its
   * endpoint (`PJSIP/agent-101`). Null when it is none of the targets.
   */
  idOf(telephone: string): string | null;
  /** The target of flows that name none. */
  readonly defaultTarget: string | null;
}
