/** As much of ari-client as the observer needs; the package has no types. */
declare module 'ari-client' {
  interface Client {
    start(apps: string, subscribeAll: boolean): Promise<void>;
    stop(): void;
    on(event: string, listener: (event: { readonly type: string }) => void): void;
  }
  export function connect(url: string, user: string, password: string): Promise<Client>;
}
