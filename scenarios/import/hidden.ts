/** What must not be repeated: values of secrets. */

const SECRET = /password|secret|passphrase|jaas|credential|token|keystore\.key|private\.key/i;

/** The value for a list of settings, or a stand-in where the key is a secret's. */
export function shownValue(key: string, value: string): string {
  return SECRET.test(key) ? '(hidden)' : value;
}
