'use strict';

/**
 * The thread that owns the payment journal's file. It takes every request that has queued, runs them in one transaction,
 * and answers each only after the commit is on disk: the engine's own thread never waits for a disk.
 *
 * Plain CommonJS, so that the same file runs from src (tests) and from dist.
 *
 * @typedef {import('../ports/payment-journal').Attempt} Attempt
 * @typedef {import('../ports/payment-journal').NewAttempt} NewAttempt
 * @typedef {import('../ports/payment-journal').AttemptState} AttemptState
 * @typedef {import('../ports/payment-journal').AttemptChange} AttemptChange
 * @typedef {import('../ports/payment-journal').OpenResult} OpenResult
 *
 * @typedef {{ op: 'open', attempt: NewAttempt, at: number }
 *   | { op: 'move', attempt: string, from: readonly AttemptState[], change: AttemptChange, at: number }
 *   | { op: 'find', attempt: string }
 *   | { op: 'ofOrder', account: string, reference: string }
 *   | { op: 'unsettled' }
 *   | { op: 'close' }} Work
 * @typedef {Work & { id: number }} Request
 * @typedef {{ code: 'journal-conflict' | 'journal-unavailable', detail: string }} Failure
 * @typedef {{ id: number, value?: unknown, failure?: Failure }} Reply `id` 0 says whether the file could be opened.
 * @typedef {{ file: string, lockWaitMs: number, held: SharedArrayBuffer | null }} Settings `held` holds commits while it says 1, for tests.
 *
 * @typedef {import('better-sqlite3').Database} Database
 */

const fs = require('node:fs');
const path = require('node:path');
const { parentPort, receiveMessageOnPort, workerData } = require('node:worker_threads');
const Sqlite = require('better-sqlite3');

/** 'HuPJ': says that a file is a payment journal and not some other database. */
const APPLICATION_ID = 0x4875504a;
/** A test that holds a commit and fails does not hold it for ever. */
const HOLD_LIMIT_MS = 10_000;

/**
 * Each entry brings a file of version n (`user_version`) to n + 1. Never edit one that has been released.
 *
 * The unique index is the order's compare-and-set in the database's own hands: whatever the code does, no order can
 * hold two attempts that are paid or might still be.
 */
const MIGRATIONS = [
  `CREATE TABLE attempts (
     attempt           TEXT    PRIMARY KEY,
     account           TEXT    NOT NULL,
     reference         TEXT    NOT NULL,
     number            INTEGER NOT NULL,
     gateway_reference TEXT    NOT NULL,
     connector         TEXT    NOT NULL,
     call              TEXT    NOT NULL,
     channel           TEXT    NOT NULL CHECK (channel IN ('phone', 'page')),
     amount_minor      INTEGER NOT NULL CHECK (amount_minor > 0),
     currency          TEXT    NOT NULL,
     masked            TEXT    NOT NULL,
     state             TEXT    NOT NULL,
     otp_invalid       INTEGER NOT NULL DEFAULT 0,
     gateway_id        TEXT    NOT NULL DEFAULT '',
     reason            TEXT    NOT NULL DEFAULT '',
     submit_by         INTEGER,
     created_at        INTEGER NOT NULL,
     updated_at        INTEGER NOT NULL,
     UNIQUE (account, reference, number)
   ) STRICT, WITHOUT ROWID;
   CREATE UNIQUE INDEX one_blocking_attempt_per_order ON attempts (account, reference)
     WHERE state NOT IN ('declined', 'abandoned', 'not_found');
   CREATE INDEX unsettled_attempts ON attempts (created_at)
     WHERE state IN ('created', 'submitting', 'unknown', 'reconciling');`,
];

const COLUMNS = `attempt, account, reference, number, gateway_reference AS gatewayReference, connector, call, channel,
  amount_minor AS amountMinor, currency, masked, state, otp_invalid AS otpInvalid, gateway_id AS gatewayId, reason,
  submit_by AS submitBy, created_at AS createdAt, updated_at AS updatedAt`;

/** A change that the journal refuses because of what it already holds. */
class Conflict extends Error {}

/**
 * Opens the file, makes it if there is none, and brings it to the newest version.
 * @param {Settings} settings
 * @returns {Database}
 */
function openFile({ file, lockWaitMs }) {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  makePrivate(file);
  const db = new Sqlite(file, { timeout: lockWaitMs });
  // One engine per file: a second one would sweep up the payments that the first is taking.
  db.pragma('locking_mode = EXCLUSIVE');
  refuseForeign(db);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.transaction(() => {
    migrate(db);
  }).exclusive();
  const health = db.pragma('quick_check(1)', { simple: true });
  if (health !== 'ok') throw Object.assign(new Error(String(health)), { code: 'SQLITE_CORRUPT' });
  return db;
}

/**
 * Makes the file with mode 600 (SQLite gives its side files the same) and its name durable.
 * @param {string} file
 */
function makePrivate(file) {
  fs.closeSync(fs.openSync(file, 'a', 0o600));
  const directory = fs.openSync(path.dirname(file), 'r');
  try {
    fs.fsyncSync(directory);
  } finally {
    fs.closeSync(directory);
  }
}

/**
 * Reads only, so that a file of somebody else is left as it was.
 * @param {Database} db
 */
function refuseForeign(db) {
  const application = Number(db.pragma('application_id', { simple: true }));
  const tables = db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get();
  if (application !== APPLICATION_ID && tables !== 0) {
    throw Object.assign(new Error('it holds tables of its own'), { code: 'FOREIGN' });
  }
  const version = versionOf(db);
  if (version > MIGRATIONS.length) {
    throw Object.assign(new Error(`version ${version}, here ${MIGRATIONS.length}`), { code: 'NEWER' });
  }
}

/** @param {Database} db */
function migrate(db) {
  for (const step of MIGRATIONS.slice(versionOf(db))) db.exec(step);
  db.pragma(`application_id = ${APPLICATION_ID}`);
  db.pragma(`user_version = ${MIGRATIONS.length}`);
}

/** @param {Database} db */
function versionOf(db) {
  return Number(db.pragma('user_version', { simple: true }));
}

/**
 * What each request does, against an open file.
 * @param {Database} db
 */
function operations(db) {
  const byAttempt = db.prepare(`SELECT ${COLUMNS} FROM attempts WHERE attempt = ?`);
  const byOrder = db.prepare(`SELECT ${COLUMNS} FROM attempts WHERE account = ? AND reference = ? ORDER BY number`);
  const blocking = db.prepare(`SELECT ${COLUMNS} FROM attempts WHERE account = ? AND reference = ?
    AND state NOT IN ('declined', 'abandoned', 'not_found')`);
  const unsettled = db.prepare(`SELECT ${COLUMNS} FROM attempts
    WHERE state IN ('created', 'submitting', 'unknown', 'reconciling') ORDER BY created_at, attempt`);
  const count = db.prepare('SELECT count(*) FROM attempts WHERE account = ? AND reference = ?').pluck();
  const insert =
    db.prepare(`INSERT INTO attempts (attempt, account, reference, number, gateway_reference, connector, call,
      channel, amount_minor, currency, masked, state, created_at, updated_at)
    VALUES (@attempt, @account, @reference, @number, @gatewayReference, @connector, @call,
      @channel, @amountMinor, @currency, @masked, 'created', @at, @at)`);
  const update = db.prepare(`UPDATE attempts SET state = @to, updated_at = @at,
      otp_invalid = coalesce(@otpInvalid, otp_invalid), gateway_id = coalesce(@gatewayId, gateway_id),
      reason = coalesce(@reason, reason), submit_by = coalesce(@submitBy, submit_by)
    WHERE attempt = @attempt`);

  /** @param {string} attempt @returns {Attempt | null} */
  const find = (attempt) => asAttempt(byAttempt.get(attempt));

  return {
    find,

    /** @param {string} account @param {string} reference */
    ofOrder: (account, reference) => byOrder.all(account, reference).map(asAttempt),

    unsettled: () => unsettled.all().map(asAttempt),

    /** @param {NewAttempt} request @param {number} at @returns {OpenResult} */
    open(request, at) {
      const { account, reference } = request;
      const same = find(request.attempt);
      if (same !== null) return { opened: true, attempt: same };
      const blockedBy = asAttempt(blocking.get(account, reference));
      if (blockedBy !== null) return { opened: false, blockedBy };
      const number = Number(count.get(account, reference)) + 1;
      insert.run({ ...request, number, gatewayReference: `${reference}-${number}`, at });
      return { opened: true, attempt: existing(find(request.attempt), request.attempt) };
    },

    /** @param {string} attempt @param {readonly AttemptState[]} from @param {AttemptChange} change @param {number} at */
    move(attempt, from, change, at) {
      const { state } = existing(find(attempt), attempt);
      if (!from.includes(state)) throw new Conflict(`${attempt} is ${state}, not ${from.join(' or ')}`);
      const otpInvalid = change.otpInvalid === undefined ? null : Number(change.otpInvalid);
      const { to, gatewayId = null, reason = null, submitBy = null } = change;
      update.run({ attempt, to, otpInvalid, gatewayId, reason, submitBy, at });
      return find(attempt);
    },
  };
}

/** @param {Attempt | null} found @param {string} attempt @returns {Attempt} */
function existing(found, attempt) {
  if (found === null) throw new Conflict(`there is no attempt ${attempt}`);
  return found;
}

/** @param {unknown} row @returns {Attempt | null} */
function asAttempt(row) {
  if (row === undefined) return null;
  const stored = /** @type {Omit<Attempt, 'otpInvalid'> & { otpInvalid: number }} */ (row);
  return { ...stored, otpInvalid: stored.otpInvalid === 1 };
}

/**
 * @param {ReturnType<typeof operations>} journal
 * @param {Request} request
 * @returns {unknown}
 */
function run(journal, request) {
  switch (request.op) {
    case 'open':
      return journal.open(request.attempt, request.at);
    case 'move':
      return journal.move(request.attempt, request.from, request.change, request.at);
    case 'find':
      return journal.find(request.attempt);
    case 'ofOrder':
      return journal.ofOrder(request.account, request.reference);
    case 'unsettled':
      return journal.unsettled();
    case 'close':
      return null;
  }
}

/**
 * Runs a batch in one transaction. A refused request changes nothing and does not harm its neighbours; a commit that
 * fails fails them all, because none of them is on disk.
 * @param {Database} db
 * @param {ReturnType<typeof operations>} journal
 * @param {readonly Request[]} batch
 * @param {Settings} settings
 * @returns {Reply[]}
 */
function commit(db, journal, batch, settings) {
  try {
    return db.transaction(() => {
      const replies = batch.map((request) => answer(journal, request));
      if (settings.held !== null) Atomics.wait(new Int32Array(settings.held), 0, 1, HOLD_LIMIT_MS);
      return replies;
    })();
  } catch (error) {
    const failure = failureOf(error, settings);
    return batch.map(({ id }) => ({ id, failure }));
  }
}

/**
 * @param {ReturnType<typeof operations>} journal
 * @param {Request} request
 * @returns {Reply}
 */
function answer(journal, request) {
  try {
    return { id: request.id, value: run(journal, request) };
  } catch (error) {
    const { code = '', message } = /** @type {Error & { code?: string }} */ (error);
    if (!(error instanceof Conflict) && !code.startsWith('SQLITE_CONSTRAINT')) throw error;
    return { id: request.id, failure: { code: 'journal-conflict', detail: message } };
  }
}

/**
 * What is wrong with the file, and what to do about it.
 * @param {unknown} error
 * @param {Settings} settings
 * @returns {Failure}
 */
function failureOf(error, { file }) {
  const { code = '', message } = /** @type {Error & { code?: string }} */ (error);
  /** @type {readonly (readonly [RegExp, string])[]} */
  const advice = [
    [
      /^SQLITE_(BUSY|LOCKED)/,
      'is in use by another process: stop the other engine, or give this one its own data directory',
    ],
    [
      /^SQLITE_(CORRUPT|NOTADB)/,
      'is damaged: keep it, and put a backup in its place; or move it away to start with an empty one, and look up the payments that were not settled at the gateway by hand',
    ],
    [/^FOREIGN/, 'is a database of another program: set HUSHTONE_DATA_DIR to a directory of its own'],
    [/^NEWER/, 'was written by a newer version of Hushtone: start that version'],
    [/^(SQLITE_FULL|ENOSPC)/, 'cannot grow: the disk is full; free some space'],
    [
      /^(SQLITE_READONLY|SQLITE_CANTOPEN|SQLITE_PERM|EACCES|EPERM|EROFS|EISDIR|ENOTDIR|EEXIST)/,
      'cannot be written: make the file and its directory writable for the user that runs the engine, or set HUSHTONE_DATA_DIR to a directory that is',
    ],
    [/^SQLITE_IOERR/, 'cannot be read or written: check the disk'],
  ];
  const found = advice.find(([pattern]) => pattern.test(code));
  const said = code === '' ? message : `${code}: ${message}`;
  return { code: 'journal-unavailable', detail: `${file} ${found?.[1] ?? 'failed'} (${said})` };
}

function main() {
  if (parentPort === null) throw new Error('journal-worker.js runs as a worker thread');
  const port = parentPort;
  const settings = /** @type {Settings} */ (workerData);
  /** @type {Database} */
  let db;
  /** @type {ReturnType<typeof operations>} */
  let journal;
  try {
    db = openFile(settings);
    journal = operations(db);
  } catch (error) {
    port.postMessage({ id: 0, failure: failureOf(error, settings) });
    port.close();
    return;
  }
  port.on('message', (/** @type {Request} */ first) => {
    const batch = [first];
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
      batch.push(/** @type {Request} */ (next.message));
    }
    const replies = commit(db, journal, batch, settings);
    const closing = batch.some(({ op }) => op === 'close');
    if (closing) db.close();
    for (const reply of replies) port.postMessage(reply);
    if (closing) port.close();
  });
  port.postMessage({ id: 0, value: null });
}

main();
