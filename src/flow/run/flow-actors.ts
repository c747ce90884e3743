import { connectActor } from './connect-actor';
import type { Run } from './flow-tools';
import { listenActor } from './listen-actor';
import { loadContextActor } from './load-context';
import { otpGenerateActor, otpSendActor } from './otp-actors';
import { payActor } from './pay-actor';
import { hangUpActor, returnActor, talkActor } from './return-actor';
import { sayActor } from './say-actor';
import { smsActor } from './sms-actor';
import { newAttemptActor, routeActor, setActor } from './value-actors';

/** The effects of one run, by the names that the machine invokes them by. */
export function flowActors(run: Run) {
  return {
    'load-context': loadContextActor(run),
    say: sayActor(run),
    listen: listenActor(run),
    connect: connectActor(run),
    route: routeActor(run),
    set: setActor(run),
    'otp-generate': otpGenerateActor(run),
    'otp-send': otpSendActor(run),
    sms: smsActor(run),
    'new-attempt': newAttemptActor(run),
    pay: payActor(run),
    return: returnActor(run),
    talk: talkActor(run),
    'hang-up': hangUpActor(run),
  };
}
