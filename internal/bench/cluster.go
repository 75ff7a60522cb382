package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Cluster is a throw-away PostgreSQL in a folder of its own, to be killed and started again.
type Cluster struct {
	URL string // postgres://…

	dir, bin, port string
}

// NewCluster makes and starts a cluster in a temporary folder. Remove it.
func NewCluster(ctx context.Context) (*Cluster, error) {
	c := &Cluster{}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return nil, err
	}
	if len(found) > 0 {
		c.bin = slices.Max(found)
	} else if p, err := exec.LookPath("initdb"); err == nil {
		c.bin = filepath.Dir(p)
	} else {
		return nil, errors.New("没有找到 PostgreSQL 的程序 initdb；请先安装 postgresql（源码目录里可运行 make postgres）")
	}
	if c.dir, err = os.MkdirTemp("", "gonggu-pg-"); err != nil {
		return nil, err
	}
	err = c.make(ctx)
	if err != nil {
		_ = os.RemoveAll(c.dir)
		return nil, err
	}
	return c, nil
}

func (c *Cluster) make(ctx context.Context) error {
	if os.Geteuid() == 0 {
		if b, err := exec.CommandContext(ctx, "chown", "postgres", c.dir).CombinedOutput(); err != nil {
			return fmt.Errorf("chown: %w %s", err, b)
		}
	}
	if err := c.run(ctx, "initdb", "-D", c.data(), "-U", "gonggu", "--auth=trust", "--encoding=UTF8", "--locale=C"); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if _, c.port, err = net.SplitHostPort(l.Addr().String()); err != nil {
		return err
	}
	if err := l.Close(); err != nil {
		return err
	}
	c.URL = "postgres://gonggu@127.0.0.1:" + c.port + "/postgres?sslmode=disable"
	return c.Control(ctx, "start")
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

// run runs one of PostgreSQL's own programs; they refuse to run as root.
func (c *Cluster) run(ctx context.Context, name string, args ...string) error {
	full := append([]string{filepath.Join(c.bin, name)}, args...)
	if os.Geteuid() == 0 {
		full = append([]string{"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"}, full...)
	}
	cmd := exec.CommandContext(ctx, full[0], full[1:]...)
	cmd.Dir = "/"
	if b, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %v: %w\n%s", name, args, err, b)
	}
	return nil
}

// Control runs pg_ctl: "start", "restart -m immediate" and so on; it returns when that is done.
func (c *Cluster) Control(ctx context.Context, args ...string) error {
	return c.run(ctx, "pg_ctl", append([]string{"-D", c.data(), "-w", "-s", "-l", filepath.Join(c.dir, "log"),
		"-o", "-p " + c.port + " -c listen_addresses=127.0.0.1 -c unix_socket_directories=" + c.dir + " -c shared_buffers=256MB -c max_wal_size=2GB"}, args...)...)
}

// Kill ends the postmaster by SIGKILL; its backends end when they notice.
func (c *Cluster) Kill() error {
	b, err := os.ReadFile(filepath.Join(c.data(), "postmaster.pid"))
	if err != nil {
		return err
	}
	first, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil {
		return err
	}
	p, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return p.Signal(syscall.SIGKILL)
}

// Start starts a killed cluster again: it recovers from its own log. Backends of the dead one that still hold
// its memory make a start fail, so it is tried for a minute.
func (c *Cluster) Start(ctx context.Context) error {
	const patience = time.Minute
	var err error
	for began := time.Now(); time.Since(began) < patience; {
		if err = c.Control(ctx, "start"); err == nil || ctx.Err() != nil {
			return err
		}
		time.Sleep(200 * time.Millisecond)
	}
	return err
}

// Remove stops the cluster and deletes its folder.
func (c *Cluster) Remove() {
	_ = c.Control(context.Background(), "-m", "immediate", "stop")
	_ = os.RemoveAll(c.dir)
}
