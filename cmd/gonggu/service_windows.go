package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/mgr"
)

// maxLog is the size in bytes at which the log is put aside on the next start.
const maxLog = 20 << 20

// underSystem runs the server under the service manager when that started us, else in the foreground.
func underSystem(ctx context.Context, dir string, run func(ctx context.Context, out, log io.Writer) error) error {
	is, err := svc.IsWindowsService()
	if err != nil {
		return err
	}
	if !is {
		return run(ctx, os.Stdout, os.Stderr)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	name := filepath.Join(dir, "gonggu.log")
	if info, err := os.Stat(name); err == nil && info.Size() > maxLog {
		_ = os.Rename(name, name+".old")
	}
	log, err := os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	h := &handler{ctx: ctx, run: func(ctx context.Context) error { return run(ctx, io.Writer(log), log) }}
	if err := svc.Run(serviceName, h); err != nil {
		return err
	}
	if h.err != nil {
		fmt.Fprintln(log, h.err)
	}
	return h.err
}

type handler struct {
	ctx context.Context
	run func(context.Context) error
	err error
}

// Execute is the service manager's call; it returns when the server has ended.
func (h *handler) Execute(_ []string, asked <-chan svc.ChangeRequest, status chan<- svc.Status) (bool, uint32) {
	ctx, stop := context.WithCancel(h.ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- h.run(ctx) }()
	status <- svc.Status{State: svc.Running, Accepts: svc.AcceptStop | svc.AcceptShutdown}
	for {
		select {
		case h.err = <-ended:
			if h.err != nil {
				return true, 1
			}
			return false, 0
		case r := <-asked:
			switch r.Cmd {
			case svc.Interrogate:
				status <- r.CurrentStatus
			case svc.Stop, svc.Shutdown:
				status <- svc.Status{State: svc.StopPending, WaitHint: 20_000}
				stop()
			}
		}
	}
}

// withService connects to the service manager and opens the service.
func withService(do func(*mgr.Service) error) error {
	m, err := manager()
	if err != nil {
		return err
	}
	defer func() { _ = m.Disconnect() }()
	s, err := m.OpenService(serviceName)
	if errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST) {
		return errors.New("还没有安装服务；请先运行 gonggu service install")
	}
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	return do(s)
}

func manager() (*mgr.Mgr, error) {
	m, err := mgr.Connect()
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		return nil, errors.New("没有权限；请右键“命令提示符”，选“以管理员身份运行”后再试")
	}
	return m, err
}

func (c *serviceInstall) Run() error {
	if err := c.keeping().Check(); err != nil {
		return err
	}
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	m, err := manager()
	if err != nil {
		return err
	}
	defer func() { _ = m.Disconnect() }()
	if s, err := m.OpenService(serviceName); err == nil {
		_ = s.Close()
		return errors.New("服务已经安装；要改参数请先运行 gonggu service remove")
	}
	s, err := m.CreateService(serviceName, exe, mgr.Config{DisplayName: "巩固", Description: "县域排查—整改—提升工作台", StartType: mgr.StartAutomatic, DelayedAutoStart: true}, c.args()...)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	if err := s.SetRecoveryActions([]mgr.RecoveryAction{{Type: mgr.ServiceRestart, Delay: 10 * time.Second}}, 86400); err != nil {
		return err
	}
	fmt.Println("服务已安装，开机自动启动；现在启动请运行 gonggu service start。日志在数据文件夹的 gonggu.log。")
	return nil
}

func (c *serviceStart) Run() error {
	return withService(func(s *mgr.Service) error { return s.Start() })
}

func (c *serviceStop) Run() error { return withService(stopService) }

func stopService(s *mgr.Service) error {
	now, err := s.Query()
	if err != nil || now.State == svc.Stopped {
		return err
	}
	if _, err := s.Control(svc.Stop); err != nil {
		return err
	}
	for range 120 {
		if now, err = s.Query(); err != nil || now.State == svc.Stopped {
			return err
		}
		time.Sleep(250 * time.Millisecond)
	}
	return errors.New("服务还没有停下；请过一会儿再看")
}

func (c *serviceRemove) Run() error {
	return withService(func(s *mgr.Service) error {
		if err := stopService(s); err != nil {
			return err
		}
		return s.Delete()
	})
}
