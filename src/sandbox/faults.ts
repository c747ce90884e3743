export const ENDPOINTS = ['otp', 'sms', 'lookup', 'confirm', 'charge', 'charge-lookup', 'authorizer'] as const;
export const FAULT_KINDS = ['timeout', '500', 'garbage', 'drop', 'slow'] as const;

export type Endpoint = (typeof ENDPOINTS)[number];
export type FaultKind = (typeof FAULT_KINDS)[number];

/** A fault on demand. With an order or a phone it strikes requests about these alone, so that parallel calls do not disturb each other. */
export interface Fault {
  readonly endpoint: Endpoint;
  readonly kind: FaultKind;
  readonly order: string | null;
  readonly phone: string | null;
  readonly times: number;
}

/** What a request is about, as far as it says. */
export interface Subject {
  readonly order?: string | null;
  readonly phone?: string | null;
}

export class FaultPlan {
  private faults: Fault[] = [];

  add(fault: Fault): void {
    this.faults.push(fault);
  }

  clear(): void {
    this.faults = [];
  }

  list(): readonly Fault[] {
    return this.faults;
  }

  /** The fault that strikes this request, counted down; null for none. */
  take(endpoint: Endpoint, subject: Subject): FaultKind | null {
    const struck = this.faults.find((fault) => fault.endpoint === endpoint && concerns(fault, subject));
    if (struck === undefined) return null;
    this.faults = this.faults.flatMap((fault) => {
      if (fault !== struck) return [fault];
      return fault.times > 1 ? [{ ...fault, times: fault.times - 1 }] : [];
    });
    return struck.kind;
  }
}

function concerns(fault: Fault, subject: Subject): boolean {
  const orderHolds = fault.order === null || fault.order === subject.order;
  const phoneHolds = fault.phone === null || samePhone(fault.phone, subject.phone ?? '');
  return orderHolds && phoneHolds;
}

/** `+91 98765 43200`, `9876543200` and `09876543200` are one telephone. */
export function samePhone(a: string, b: string): boolean {
  const tail = (phone: string): string => phone.replace(/\D/g, '').slice(-10);
  return tail(a) !== '' && tail(a) === tail(b);
}
