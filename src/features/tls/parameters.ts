/**
 * Encrypted connections.
 */
import * as parameter from "../../base/parameter.ts";

export const tlsPort = parameter.int("tls-port", { default: 0, max: 65535 });
export const tlsCluster = parameter.bool("tls-cluster", { default: false });
export const tlsReplication = parameter.bool("tls-replication", { default: false });
export const tlsAuthClients = parameter.oneOf("tls-auth-clients", ["no", "yes", "optional"], { default: "yes" });
export const tlsPreferServerCiphers = parameter.bool("tls-prefer-server-ciphers", { default: false });
export const tlsSessionCaching = parameter.bool("tls-session-caching", { default: true });
export const tlsSessionCacheSize = parameter.int("tls-session-cache-size", {
  default: 20 * 1024,
  max: parameter.intMax,
});
export const tlsSessionCacheTimeout = parameter.int("tls-session-cache-timeout", {
  default: 300,
  max: parameter.intMax,
});
export const tlsCertFile = parameter.string("tls-cert-file", { default: "" });
export const tlsKeyFile = parameter.string("tls-key-file", { default: "" });
export const tlsKeyFilePass = parameter.string("tls-key-file-pass", { default: "", sensitive: true });
export const tlsClientCertFile = parameter.string("tls-client-cert-file", { default: "" });
export const tlsClientKeyFile = parameter.string("tls-client-key-file", { default: "" });
export const tlsClientKeyFilePass = parameter.string("tls-client-key-file-pass", { default: "", sensitive: true });
export const tlsDhParamsFile = parameter.string("tls-dh-params-file", { default: "" });
export const tlsCaCertFile = parameter.string("tls-ca-cert-file", { default: "" });
export const tlsCaCertDir = parameter.string("tls-ca-cert-dir", { default: "" });
export const tlsProtocols = parameter.string("tls-protocols", { default: "" });
export const tlsCiphers = parameter.string("tls-ciphers", { default: "" });
export const tlsCiphersuites = parameter.string("tls-ciphersuites", { default: "" });

export const parameters: readonly parameter.Parameter[] = [
  tlsPort,
  tlsCluster,
  tlsReplication,
  tlsAuthClients,
  tlsPreferServerCiphers,
  tlsSessionCaching,
  tlsSessionCacheSize,
  tlsSessionCacheTimeout,
  tlsCertFile,
  tlsKeyFile,
  tlsKeyFilePass,
  tlsClientCertFile,
  tlsClientKeyFile,
  tlsClientKeyFilePass,
  tlsDhParamsFile,
  tlsCaCertFile,
  tlsCaCertDir,
  tlsProtocols,
  tlsCiphers,
  tlsCiphersuites,
];
