// Package keyring keeps keys where others cannot read them: in files of their owner alone,
// and in files encrypted with age (https://age-encryption.org/v1) that hold several.
//
// There are only a few types: [Values] is what such a file holds, and an [Opener] what it
// is opened and sealed with. [ReadFile] reads a file of one key.
//
// # Caveats
//
// No error holds anything of what a file holds. What was read stays in the memory of the
// process: Go neither locks it there nor wipes it.
package keyring
