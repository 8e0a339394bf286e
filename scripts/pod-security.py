#!/usr/bin/env python3
"""Fails where a Deployment of a rendered manifest breaks a rule of the Pod Security Standard `restricted`, or of this project."""

import sys

import yaml


def faults(deployment):
    pod = deployment["spec"]["template"]["spec"]
    security = pod.get("securityContext", {})
    if security.get("runAsNonRoot") is not True or not security.get("runAsUser"):
        yield "runs as root"
    if security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
        yield "has no seccomp profile"
    if pod.get("automountServiceAccountToken") is not False:
        yield "mounts a token of the cluster"
    for name in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(name):
            yield f"has {name}"
    for volume in pod["volumes"]:
        if not set(volume) - {"name"} <= {"secret", "emptyDir", "persistentVolumeClaim", "configMap", "projected"}:
            yield f"volume {volume['name']} is of a kind that is not allowed"
    for container in pod["containers"]:
        own = container.get("securityContext", {})
        if own.get("allowPrivilegeEscalation") is not False or own.get("privileged"):
            yield f"{container['name']} may gain rights"
        if own.get("capabilities") != {"drop": ["ALL"]}:
            yield f"{container['name']} has capabilities"
        if own.get("readOnlyRootFilesystem") is not True:
            yield f"{container['name']} has a writable root"
        if "memory" not in container.get("resources", {}).get("limits", {}):
            yield f"{container['name']} has no limit on memory"
    # server.shutdown_grace is 30 s.
    wait = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    if pod["terminationGracePeriodSeconds"] <= wait + 30:
        yield "is killed before its graceful shutdown ends"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        deployments = [it for it in yaml.safe_load_all(file) if it["kind"] == "Deployment"]
    found = [fault for deployment in deployments for fault in faults(deployment)]
    for fault in found:
        print(f"{sys.argv[1]}: the Pod {fault}")
    sys.exit(bool(found) or not deployments)


if __name__ == "__main__":
    main()
