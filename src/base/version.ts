/**
 * Which program this is, and which Redis it behaves as.
 */
import { version } from "../../package.json";

export const ASHLAR_VERSION: string = version;
export const REDIS_VERSION = "7.0.15";
