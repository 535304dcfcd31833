"""Reverse proxies in front of the server. Each connects to it from `wire.PROXY`, and listens on loopback."""

from kit import install
from kit.process import RUN, Process, free_port
from kit.wire import PROXY


class Nginx:
    """Says the caller's address in `X-Forwarded-For`, behind what the caller said, or in `Forwarded`, in place of it."""

    def __init__(self, server_port, header="x-forwarded-for"):
        program = install.debian("nginx", "nginx-light")
        self.port = free_port()
        # Through the second port comes what speaks the PROXY protocol before anything else.
        self.proxied_port = free_port()
        field = {
            "x-forwarded-for": "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
            "forwarded": 'proxy_set_header Forwarded "for=$remote_addr"; proxy_set_header X-Forwarded-For "";',
        }[header]
        folder = RUN / f"nginx-{self.port}"
        folder.mkdir()
        configuration = folder / "nginx.conf"
        configuration.write_text(
            f"""
daemon off; worker_processes 1; pid {folder}/pid; error_log stderr warn;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{self.port};
        listen 127.0.0.1:{self.proxied_port} proxy_protocol;
        set_real_ip_from {PROXY}; real_ip_header proxy_protocol;
        location / {{
            proxy_pass http://127.0.0.1:{server_port};
            proxy_bind {PROXY}; proxy_http_version 1.1; proxy_set_header Host $http_host; proxy_set_header Connection "";
            {field}
        }}
    }}
}}
"""
        )
        command = [program, "-p", folder, "-e", "stderr", "-c", configuration]
        self.process = Process("nginx", command, ready=self.port)

    def stop(self):
        self.process.stop()


class Haproxy:
    """Says the caller's address in `X-Forwarded-For`, on a line of its own, or in `Forwarded`; or, with `behind`, speaks
    the PROXY protocol to another proxy and touches nothing."""

    def __init__(self, server_port, header="x-forwarded-for", behind=None):
        program = install.debian("haproxy", "haproxy")
        self.port = free_port()
        field = {
            "x-forwarded-for": "option forwardfor",
            # `option forwarded` came later than what Debian has.
            "forwarded": 'http-request del-header forwarded\n    http-request set-header forwarded "for=%[src]"',
        }[header]
        if behind:
            mode, to = "mode tcp", f"server next 127.0.0.1:{behind} source {PROXY} send-proxy-v2"
        else:
            mode, to = f"mode http\n    {field}", f"server next 127.0.0.1:{server_port} source {PROXY}"
        configuration = RUN / f"haproxy-{self.port}.cfg"
        configuration.write_text(
            f"""
global
    maxconn 256
defaults
    timeout connect 5s
    timeout client 20s
    timeout server 20s
listen front
    bind 127.0.0.1:{self.port}
    {mode}
    {to}
"""
        )
        self.process = Process("haproxy", [program, "-db", "-f", configuration], ready=self.port)

    def stop(self):
        self.process.stop()
