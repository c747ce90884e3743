import { messageOf } from '../errors';
import type { Logger } from '../ports/logger';
import type { ChannelRegistry } from './channel-registry';
import { kindOf, readKeyPress } from './dtmf-frame';
import { dispatchEvent, type EventHandlers, type UsedEvent } from './events';

/** Reads what Asterisk sends over the WebSocket. Key presses are read from the bytes and never become text. */
export class Frames {
  constructor(
    private readonly registry: ChannelRegistry,
    private readonly logger: Logger,
    private readonly handlers: EventHandlers,
  ) {}

  receive(frame: Buffer): void {
    const kind = kindOf(frame);
    if (kind === 'other') {
      this.receiveEvent(frame);
      return;
    }
    const press = kind === 'key' ? readKeyPress(frame) : null;
    frame.fill(0);
    if (press === null) this.logger.warn('ari-frame-unreadable');
    else this.registry.key(press.channel, press.key, press.at);
  }

  private receiveEvent(frame: Buffer): void {
    let event: UsedEvent;
    try {
      event = JSON.parse(frame.toString('utf8')) as UsedEvent;
    } catch {
      // Without the parser's words: they quote the text.
      this.logger.warn('ari-frame-unreadable');
      return;
    }
    try {
      dispatchEvent(event, this.registry, this.handlers);
    } catch (error) {
      this.logger.error('ari-event-failed', { reason: event.type, error: messageOf(error) });
    }
  }
}
