package server_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"gonggu/internal/backup"
	"gonggu/internal/database"
	"gonggu/internal/database/dbtest"
	"gonggu/internal/errs"
	"gonggu/internal/server"
)

// journal gathers what the server logs.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) has(s string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Contains(j.b.String(), s)
}

// running serves a county until the test ends.
func running(t *testing.T, c *server.County, o server.ServeOptions) (address string, log *journal, stop func()) {
	t.Helper()
	log = &journal{}
	ctx, cancel := context.WithCancel(t.Context())
	ready, ended := make(chan string, 1), make(chan error, 1)
	o.Listen, o.Log, o.Ready = "127.0.0.1:0", slog.New(slog.NewTextHandler(log, nil)), func(a string) { ready <- a }
	go func() { ended <- c.Serve(ctx, o) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	select {
	case address = <-ready:
		return address, log, stop
	case err := <-ended:
		ended <- nil
		t.Fatal(err)
	}
	return "", nil, nil
}

func opened(t *testing.T, o server.Options) *server.County {
	t.Helper()
	c, err := server.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// pair writes a certificate of its own and its key.
func pair(t *testing.T, cert, key string, serial int64) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(serial), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Now().Add(time.Hour)},
		&x509.Certificate{SerialNumber: big.NewInt(serial)}, &k.PublicKey, k)
	if err != nil {
		t.Fatal(err)
	}
	kb, err := x509.MarshalECPrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: b}, key: {Type: "EC PRIVATE KEY", Bytes: kb}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// A renewed certificate is served without a restart; half a renewal changes nothing.
func TestACertificateIsRenewedWhileServing(t *testing.T) {
	c := opened(t, server.Options{Dir: t.TempDir(), County: county})
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	pair(t, cert, key, 1)
	address, log, _ := running(t, c, server.ServeOptions{TLSCert: cert, TLSKey: key})
	serial := func() int64 {
		conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Error(err)
			return 0
		}
		defer func() { _ = conn.Close() }()
		return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
	}
	if n := serial(); n != 1 {
		t.Fatalf("serial %d", n)
	}
	if err := os.WriteFile(key, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, "half a pair is complained about", func() bool { return serial() == 1 && log.has("新证书不能用") })
	pair(t, cert, key, 2)
	eventually(t, "the new certificate is served", func() bool { return serial() == 2 })
	if _, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("an old TLS was accepted")
	}
	broken := opened(t, server.Options{Dir: t.TempDir(), County: county})
	if err := broken.Serve(t.Context(), server.ServeOptions{Listen: "127.0.0.1:0", TLSCert: key, TLSKey: cert, Log: slog.New(slog.DiscardHandler)}); errs.Code(err) != "server.certificate" {
		t.Errorf("a pair the wrong way round: %v", err)
	}
}

// A copy that fell due while the machine was off is made up for at the start; then none until the next night.
func TestCopiesAreTakenByThemselves(t *testing.T) {
	dir := t.TempDir()
	to := filepath.Join(t.TempDir(), "copies")
	c := opened(t, server.Options{Dir: dir, County: county})
	if _, err := c.SetUp(t.Context(), packFS(t)); err != nil {
		t.Fatal(err)
	}
	k := server.Keeping{To: to, At: "02:00", Keep: 2}
	_, _, stop := running(t, c, server.ServeOptions{Keeping: k})
	var list []string
	eventually(t, "a copy", func() bool { list, _ = backup.List(to); r, _ := backup.Last(dir); return len(list) == 1 && r.At != 0 })
	stop()
	again := opened(t, server.Options{Dir: t.TempDir(), County: county})
	_ = again.Close()
	if r, err := backup.Last(dir); err != nil || r.At == 0 || filepath.Base(r.To) != list[0] {
		t.Errorf("record %+v %v", r, err)
	}
	if s := c.Health.State(); s.BackupAt == 0 {
		t.Errorf("the watch does not know of the copy: %+v", s)
	}
	for _, bad := range []server.Keeping{{To: to, At: "25:00", Keep: 1}, {To: to, At: "02:00"}, {To: "x.zip", At: "02:00", Keep: 1}} {
		if bad.Check() == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
	if k.Check() != nil || (server.Keeping{}).Check() != nil {
		t.Error("a good setting was refused")
	}
}

// A copy that cannot be taken is said, where it is seen.
func TestACopyThatFailsIsSaid(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(t.TempDir(), "not-a-folder")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c := opened(t, server.Options{Dir: dir, County: county})
	_, log, _ := running(t, c, server.ServeOptions{Keeping: server.Keeping{To: filepath.Join(file, "copies"), At: "02:00", Keep: 2}})
	eventually(t, "a note and a line in the log", func() bool {
		for _, n := range c.Health.State().Notes {
			if n.Kind == "backup" && strings.Contains(n.Text, "没有成功") {
				return log.has("自动备份没有成功")
			}
		}
		return false
	})
}

// before makes a county whose schema is one step behind.
func before(t *testing.T, engine string) server.Options {
	t.Helper()
	o := server.Options{Dir: t.TempDir(), County: county}
	first, err := server.Open(t.Context(), o) // for its keys
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	where := filepath.Join(o.Dir, "gonggu.db")
	if err := os.Remove(where); err != nil {
		t.Fatal(err)
	}
	if engine == "postgresql" {
		o.Database = dbtest.Schema(t)
		where = o.Database
	}
	db, err := database.Connect(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	all, err := database.Steps()
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(t.Context(), len(all)-1); err != nil {
		t.Fatal(err)
	}
	err = db.Write(t.Context(), func(tx *database.Tx) error {
		if _, err := tx.Exec(t.Context(), `INSERT INTO people (county, id, name, idx) VALUES ($1, 'p', '赵某', 0)`, county); err != nil {
			return err
		}
		leaf := make([]byte, 32)
		if _, err := tx.Exec(t.Context(), `INSERT INTO log_tiles (county, level, n, data) VALUES ($1, 0, 0, $2)`, county, leaf); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `INSERT INTO log_heads (county, size, root, received_at) VALUES ($1, 1, $2, 1)`, county, leaf)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func steps(t *testing.T, o server.Options) int {
	t.Helper()
	where := o.Database
	if where == "" {
		where = filepath.Join(o.Dir, "gonggu.db")
	}
	db, err := database.OpenReader(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	list, err := db.Steps(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// An upgrade copies the county first, as it was; without a copy there is no upgrade.
func TestAnUpgradeCopiesTheCountyFirst(t *testing.T) {
	all, err := database.Steps()
	if err != nil {
		t.Fatal(err)
	}
	for _, engine := range []string{"sqlite", "postgresql"} {
		t.Run(engine, func(t *testing.T) {
			o := before(t, engine)
			o.Reading = true
			if _, err := server.Open(t.Context(), o); errs.Code(err) != "database.older" {
				t.Errorf("a reader of an older schema: %v", err)
			}
			o.Reading, o.Backups = false, filepath.Join(o.Dir, "keys", "log.key") // no folder can be made there
			if _, err := server.Open(t.Context(), o); errs.Code(err) != "server.upgrade" {
				t.Errorf("an upgrade without room for a copy: %v", err)
			}
			if n := steps(t, o); n != len(all)-1 {
				t.Fatalf("schema at %d steps after a refused upgrade", n)
			}
			o.Backups = ""
			c := opened(t, o)
			copies, err := backup.List(filepath.Join(o.Dir, "backups"))
			if err != nil || len(copies) != 1 || steps(t, o) != len(all) {
				t.Fatalf("copies %v (%v), schema at %d steps", copies, err, steps(t, o))
			}
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			keys := filepath.Join(t.TempDir(), "keys.json")
			if err := backup.SaveKeys(o.Dir, keys, passphrase); err != nil {
				t.Fatal(err)
			}
			to := backup.Target{Dir: t.TempDir(), KeyFile: keys, Passphrase: func() (string, error) { return passphrase, nil }}
			m, err := backup.Restore(t.Context(), filepath.Join(o.Dir, "backups"), to, silent)
			if err != nil || len(m.Schema) != len(all)-1 {
				t.Fatalf("the copy of the older schema: %v", err)
			}
			back := opened(t, server.Options{Dir: to.Dir, County: county})
			var name string
			if err := back.DB.QueryRow(t.Context(), `SELECT name FROM people WHERE county = $1`, county).Scan(&name); err != nil || name != "赵某" {
				t.Errorf("%q %v", name, err)
			}
		})
	}
}

// Keys that are gone are never quietly replaced by new ones, and another county's are refused.
func TestACountyIsNotOpenedWithoutItsKeys(t *testing.T) {
	o := server.Options{Dir: t.TempDir(), County: county}
	c := opened(t, o)
	if _, err := c.SetUp(t.Context(), packFS(t)); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	keys := filepath.Join(o.Dir, "keys")
	if err := os.Rename(keys, keys+".away"); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Open(t.Context(), o); errs.Code(err) != "server.no_keys" {
		t.Errorf("without keys: %v", err)
	}
	if _, err := os.Stat(filepath.Join(keys, "seal.json")); err == nil {
		t.Error("new keys were made")
	}
	other := server.Options{Dir: t.TempDir(), County: county}
	_ = opened(t, other).Close()
	if err := os.Rename(filepath.Join(other.Dir, "keys"), keys); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Open(t.Context(), o); errs.Code(err) != "server.other_keys" {
		t.Errorf("with another county's keys: %v", err)
	}
	if err := os.RemoveAll(keys); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(keys+".away", keys); err != nil {
		t.Fatal(err)
	}
	opened(t, o)
}
