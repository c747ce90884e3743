/** As much of ari-client as the bench, and the observer of the tests, use; the package has no types. */
declare module 'ari-client' {
  interface Playback {
    once(event: 'PlaybackFinished', listener: () => void): void;
    stop(): Promise<void>;
  }
  interface Channel {
    on(event: 'ChannelDtmfReceived', listener: () => void): void;
    answer(): Promise<void>;
    play(what: { readonly media: string }, playback: Playback): Promise<unknown>;
    hangup(): Promise<void>;
  }
  interface Client {
    Playback(): Playback;
    on(event: 'StasisStart', listener: (event: { readonly type: string }, channel: Channel) => void): void;
    on(event: string, listener: (event: { readonly type: string }) => void): void;
    start(apps: string, subscribeAll?: boolean): Promise<void>;
    stop(): void;
  }
  export function connect(url: string, user: string, password: string): Promise<Client>;
}
