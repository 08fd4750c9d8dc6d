'use strict';

// Who hears of what a policy refuses: a subscriber of the channel `hostsock:refused`, and the callback in the settings
// of the module that was refused.

const { channel } = require('node:diagnostics_channel');
const native = require('../native.js');

const refusals = channel('hostsock:refused');
/** Callbacks by the number of their policy. */
const listeners = new Map();
let listening = false;

function report({ policy, call, direction, target, rule = null }) {
  const refusal = { call, direction, target, rule };
  if (refusals.hasSubscribers) refusals.publish(refusal);
  try {
    listeners.get(policy)?.(refusal);
  } catch (error) {
    // The program's call goes on with its EACCES; the error is the page's around it.
    process.nextTick(() => {
      throw error;
    });
  }
}

function listen() {
  if (!listening) native.policyReporter(report);
  listening = true;
}

/**
 * Puts a policy in force for one module instance, for as long as its thread lives.
 *
 * @param {object} settings `emscripten/settings.js` has checked their shape
 * @returns {number} for `guestBegin`
 */
function begin({ refused, ...settings }) {
  const policy = native.policyBegin(settings);
  if (typeof policy === 'string') throw new TypeError(`hostsock: the setting 'policy': ${policy}`);
  listen();
  if (refused !== undefined) listeners.set(policy, refused);
  return policy;
}

const problem = native.policyProblem();
if (problem) throw new TypeError(`hostsock: ${problem}`);
if (native.policyOfProcess()) listen();

module.exports = { begin };
