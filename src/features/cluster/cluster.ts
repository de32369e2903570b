/**
 * The cluster: so far every server stands alone, which is what INFO tells.
 */
import type { Feature, InfoSection } from "../../command/feature.ts";
import { parameters } from "./parameters.ts";

const section: InfoSection = {
  name: "cluster",
  title: "Cluster",
  byDefault: true,
  lines: () => [["cluster_enabled", 0]],
};

export const cluster: Feature = { name: "cluster", parameters, info: [section] };
