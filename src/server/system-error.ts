/**
 * What the operating system says is wrong, in the words of C's strerror, which Redis puts into its messages.
 */

const sentences: Readonly<Record<string, string>> = {
  EACCES: "Permission denied",
  EADDRINUSE: "Address already in use",
  EADDRNOTAVAIL: "Cannot assign requested address",
  EEXIST: "File exists",
  EISDIR: "Is a directory",
  EMFILE: "Too many open files",
  ENAMETOOLONG: "File name too long",
  ENOENT: "No such file or directory",
  ENOSPC: "No space left on device",
  ENOTDIR: "Not a directory",
  EPERM: "Operation not permitted",
  EROFS: "Read-only file system",
};

/** The sentence for an error thrown by the file system or a socket. */
export function systemError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error ? String(error.code) : "";
  return sentences[code] ?? error.message;
}
