package keyring

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/signalman-trading/signalman/market"
)

// Opener is what encrypted files are opened and sealed with.
type Opener struct {
	// Identity is a file of age identities, AGE-SECRET-KEY-1…; "" is none.
	Identity string
	// Passphrase returns the passphrase of files that were sealed with one; nil is none.
	Passphrase func() (market.Secret, error)
}

// ErrNothing is returned where an Opener has neither an identity nor a passphrase.
var ErrNothing = errors.New("there is neither an identity nor a passphrase")

// Open returns what an encrypted file holds, armoured or not.
func (o *Opener) Open(path string) (Values, error) {
	data, err := readSome(path)
	if err != nil {
		return nil, err
	}
	with, err := o.identities()
	if err != nil {
		return nil, err
	}
	var source io.Reader = bytes.NewReader(data)
	if trimmed := bytes.TrimLeft(data, " \t\r\n"); bytes.HasPrefix(trimmed, []byte(armor.Header)) {
		source = armor.NewReader(bytes.NewReader(trimmed))
	}
	opened, err := age.Decrypt(source, with...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, refusal(err))
	}
	text, err := io.ReadAll(io.LimitReader(opened, maxSize))
	if err != nil {
		return nil, fmt.Errorf("%s is damaged: %w", path, err)
	}
	values, err := Parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("in the encrypted %s, %w", path, err)
	}
	return values, nil
}

// refusal says why a file cannot be opened.
func refusal(err error) error {
	if none := (*age.NoIdentityMatchError)(nil); errors.As(err, &none) {
		for _, e := range none.Errors {
			if !errors.Is(e, age.ErrIncorrectIdentity) {
				return e
			}
		}
		return errors.New("it was sealed for another identity, or with another passphrase")
	}
	return fmt.Errorf("no file that age encrypted, or a damaged one: %w", err)
}

func readSome(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the encrypted file cannot be read: %w", nameless(err))
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	if err == nil && len(data) > maxSize {
		err = errors.New("it is too long")
	}
	if err != nil {
		return nil, fmt.Errorf("the encrypted file cannot be read: %w", nameless(err))
	}
	return data, nil
}

// identities returns what may open a file.
func (o *Opener) identities() (list []age.Identity, err error) {
	if o.Identity != "" {
		if list, err = readIdentities(o.Identity); err != nil {
			return nil, err
		}
	}
	if o.Passphrase != nil {
		list = append(list, phrase{o.Passphrase})
	}
	if len(list) == 0 {
		return nil, ErrNothing
	}
	return list, nil
}

func readIdentities(path string) ([]age.Identity, error) {
	data, err := ReadFile(path, ByOwner)
	if err != nil {
		return nil, fmt.Errorf("the identity cannot be read: %w", err)
	}
	list, err := age.ParseIdentities(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s holds no identity AGE-SECRET-KEY-1…", path) // the parser's words may quote it
	}
	return list, nil
}

// phrase is an identity that asks for its passphrase where a file has one.
type phrase struct {
	get func() (market.Secret, error)
}

// Unwrap implements age.Identity.
func (p phrase) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	if len(stanzas) != 1 || stanzas[0].Type != "scrypt" {
		return nil, age.ErrIncorrectIdentity
	}
	word, err := p.get()
	if err != nil {
		return nil, err
	}
	with, err := age.NewScryptIdentity(word.Reveal())
	if err != nil {
		return nil, errors.New("the passphrase is empty")
	}
	return with.Unwrap(stanzas)
}

// Seal encrypts values into a file of mode 0600, in the place of what was there: for the
// recipients, age1…, or else for the identity, or with the passphrase. Whatever happens, the
// file is the old one or the new one.
func (o *Opener) Seal(path string, values Values, recipients ...string) error {
	to, err := o.recipients(recipients)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".sealing-*") // of mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if err := seal(f, values, to); err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func seal(to io.Writer, values Values, recipients []age.Recipient) error {
	armoured := armor.NewWriter(to)
	w, err := age.Encrypt(armoured, recipients...)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, values.text())
	return errors.Join(err, w.Close(), armoured.Close())
}

func (o *Opener) recipients(named []string) (list []age.Recipient, err error) {
	switch {
	case len(named) > 0:
		list, err = age.ParseRecipients(strings.NewReader(strings.Join(named, "\n")))
		if err != nil {
			return nil, errors.New("a recipient is no public key age1…")
		}
		return list, nil
	case o.Identity != "":
		return o.own()
	case o.Passphrase != nil:
		word, err := o.Passphrase()
		if err != nil {
			return nil, err
		}
		with, err := age.NewScryptRecipient(word.Reveal())
		return []age.Recipient{with}, err
	}
	return nil, ErrNothing
}

// own returns the recipients that the identity belongs to.
func (o *Opener) own() (list []age.Recipient, err error) {
	identities, err := readIdentities(o.Identity)
	for _, i := range identities {
		switch i := i.(type) {
		case *age.X25519Identity:
			list = append(list, i.Recipient())
		case *age.HybridIdentity:
			list = append(list, i.Recipient())
		}
	}
	return list, err
}

// NewIdentity makes an identity in a new file of mode 0600, and returns the public key that
// belongs to it.
func NewIdentity(path string) (recipient string, err error) {
	made, err := age.GenerateX25519Identity()
	if err != nil {
		return "", err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	recipient = made.Recipient().String()
	_, err = fmt.Fprintf(f, "# public key: %s\n%s\n", recipient, made)
	return recipient, errors.Join(err, f.Sync(), f.Close())
}
