package backup

import (
	"encoding/json"
	"os"
	"path/filepath"
	"unicode/utf8"

	"gonggu/internal/errs"
	"gonggu/internal/seal"
)

// The files of the keys folder.
const (
	sealKey = "seal.json"
	logKey  = "log.key"
)

// minPassphrase is in characters.
const minPassphrase = 12

// SaveKeys writes a county's keys to a new file, encrypted under a passphrase. Without both nothing
// sensitive can be read from a copy; without them the county itself cannot.
func SaveKeys(dir, file, passphrase string) error {
	if utf8.RuneCountInString(passphrase) < minPassphrase {
		return errs.Newf(errs.Invalid, "backup.passphrase", "密钥备份的口令至少 %d 个字符；可以用一句好记的话。", minPassphrase)
	}
	bundle := map[string][]byte{}
	for _, name := range []string{sealKey, logKey} {
		b, err := os.ReadFile(filepath.Join(dir, "keys", name))
		if err != nil {
			return err
		}
		bundle[name] = b
	}
	plain, err := json.Marshal(bundle)
	if err != nil {
		return err
	}
	b, err := seal.Lock(passphrase, plain)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if os.IsExist(err) {
		return errs.Newf(errs.Conflict, "backup.exists", "文件 %s 已经存在，没有覆盖它；请换一个文件名。", filepath.Base(file))
	}
	if err != nil {
		return err
	}
	if _, err = f.Write(b); err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// LoadKeys opens what SaveKeys wrote into a new folder.
func LoadKeys(file, passphrase, into string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	plain, err := seal.Unlock(passphrase, b)
	if err != nil {
		return errs.New(errs.Invalid, "backup.wrong_passphrase", "口令不对，或密钥备份文件已损坏，没有恢复任何内容；请核对口令后再试。").Because(err)
	}
	bundle := map[string][]byte{}
	if err := json.Unmarshal(plain, &bundle); err != nil {
		return err
	}
	if err := os.MkdirAll(into, 0o700); err != nil {
		return err
	}
	for _, name := range []string{sealKey, logKey} {
		if err := os.WriteFile(filepath.Join(into, name), bundle[name], 0o600); err != nil {
			return err
		}
	}
	return nil
}
