/**
 * All browser tests, one after the other, in one browser: to start one takes longer than most
 * tests.
 */

import "./closing.test.ts";
import "./hub.test.ts";
import "./install.test.ts";
import "./ports.test.ts";
import "./programs.test.ts";
import "./reasons.test.ts";
import "./resume.test.ts";
import "./share.test.ts";
import "./stress.test.ts";
import "./tabs.test.ts";
import "./transfer.test.ts";
