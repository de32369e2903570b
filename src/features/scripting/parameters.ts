/**
 * Limits on scripts.
 */
import * as parameter from "../../base/parameter.ts";

/** Milliseconds after which a running script makes other clients get -BUSY. */
export const busyReplyThreshold = parameter.int("busy-reply-threshold", { default: 5000, aliases: ["lua-time-limit"] });
export const luaEnableDeprecatedApi = parameter.bool("lua-enable-deprecated-api", {
  default: false,
  immutable: true,
  hidden: true,
});

export const parameters: readonly parameter.Parameter[] = [busyReplyThreshold, luaEnableDeprecatedApi];
