/**
 * Who may log in, and where users and refusals are kept.
 */
import * as parameter from "../../base/parameter.ts";

export const aclfile = parameter.string("aclfile", { default: "", immutable: true });
export const acllogMaxLen = parameter.int("acllog-max-len", { default: 128 });
export const aclPubsubDefault = parameter.oneOf("acl-pubsub-default", ["allchannels", "resetchannels"], {
  default: "resetchannels",
});

export const parameters: readonly parameter.Parameter[] = [aclfile, acllogMaxLen, aclPubsubDefault];
