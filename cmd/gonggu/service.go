package main

// serviceName is what Windows calls us.
const serviceName = "gonggu"

type serviceCommand struct {
	Install serviceInstall `cmd:"" help:"安装为 Windows 服务，开机自动启动（参数与 serve 相同）"`
	Start   serviceStart   `cmd:"" help:"启动服务"`
	Stop    serviceStop    `cmd:"" help:"停止服务"`
	Remove  serviceRemove  `cmd:"" help:"删除服务；数据不动"`
}

type serviceInstall struct{ serveCommand }

type serviceStart struct{}

type serviceStop struct{}

type serviceRemove struct{}
