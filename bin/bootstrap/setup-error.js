'use strict';

/** Something that is missing cannot be put in place. The message is one sentence that says what to do. */
class SetupError extends Error {}

module.exports = { SetupError };
