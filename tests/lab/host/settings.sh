# shellcheck shell=bash
# settings.sh: the agent's settings on host $1, for the agent itself and for `install-hook`. Sourced inside the host.
host=$HA_LAB/hosts/hv$1
export Urls=http://0.0.0.0:8081
HaAgent__Token=$(cat "$HA_LAB/agent-token")
export HaAgent__Token
export HaAgent__StateDirectory=$host/agent HaAgent__BootIdPath=$host/boot-id
export HaAgent__Datastores__0=/srv/shared HaAgent__Datastores__1=/srv/local
export HaAgent__HostReserveMiB=64
# Several agents, guests and a master share this machine: small rather than fast. Diagnostics would leave sockets in the temp folder.
# It lives for a minute or two: what is compiled quickly is not compiled again.
export DOTNET_gcServer=0 DOTNET_TieredPGO=0 DOTNET_TC_CallCounting=0 DOTNET_EnableDiagnostics=0 DOTNET_HOSTBUILDER__RELOADCONFIGONCHANGE=false
export TMPDIR=$host/tmp
export AGENT=$HA_LAB/app/agent/haagent.dll
