//! What TLS costs by itself: the relay's own, and a proxy's in front of it. Memory for each who waits, and the
//! processor for each who comes.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::authority::Authority;
use crate::people::{Crowd, Door};
use crate::process::{MEASURED, OTHERS, Watched, stays_on};
use crate::relay::{Relay, Store};
use crate::report::Report;
use crate::size::Size;
use crate::way::Road;

const WAITING: u32 = 3_000;
/// Until the allocator has given back what it keeps for a while.
const QUIET: Duration = Duration::from_secs(15);
/// The most that TLS may add for each who waits: bytes.
const MOST: f64 = 12.0 * 1_024.0;
/// The file that is shipped for nginx.
const NGINX: &str = include_str!("../../../deploy/proxy/nginx.conf");

/// What each of those who came costs: bytes that stay, microseconds of a processor for coming.
struct Each {
    bytes: f64,
    coming: f64,
}

async fn each(size: Size, door: Door, watched: &impl Watched) -> Each {
    let many = size.of(WAITING);
    let mut crowd = Crowd::of(door, 0);
    // What is made once, for the first, is nobody's.
    crowd.grows_to(many / 10).await;
    let (empty, ran) = (watched.settled(size.lasting(QUIET)).await as f64, watched.ran());
    crowd.grows_to(many).await;
    let (ran, full) = (watched.ran() - ran, watched.settled(size.lasting(QUIET)).await as f64);
    assert_eq!(crowd.leaves().await.lost, 0, "nobody who waits is lost");
    let came = f64::from(many - many / 10);
    Each { bytes: (full - empty) / came, coming: ran.as_secs_f64() * 1e6 / came }
}

pub(crate) async fn measure(size: Size, report: &mut Report) {
    report.part("TLS: what it adds for each who waits, and who comes");
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    authority.signs_for(&["localhost"], folder.path());
    let road = Road::Tls(authority.believers());

    let relay = Relay::begins(Store::Memory).await;
    let plain = each(size, Door::of(&relay), &relay.process).await;
    drop(relay);
    let relay = Relay::begins_with_tls(folder.path()).await;
    let own = each(size, Door::of(&relay).by(road.clone()), &relay.process).await;
    drop(relay);
    let relay = Relay::begins(Store::Memory).await;
    let nginx = Nginx::begins(folder.path(), relay.address()).await;
    let door = Door { address: nginx.address, ..Door::of(&relay).by(road) };
    let proxy = each(size, door, &nginx).await;
    let own = Each { bytes: own.bytes - plain.bytes, coming: own.coming - plain.coming };
    report.plain("TLS: memory, nginx as shipped", proxy.bytes, "B each");
    report.at_most("TLS: memory, the relay's own", own.bytes, "B each", MOST);
    report.plain("TLS: coming, nginx as shipped", proxy.coming, "us each");
    let baseline = ("TLS: coming, nginx as shipped", proxy.coming);
    report.against("TLS: coming, the relay's own", own.coming, "us each", baseline, f64::INFINITY);
}

/// One process of nginx with the shipped file, at another port and with all it writes in a folder of its own.
struct Nginx {
    child: Child,
    address: SocketAddr,
    _folder: TempDir,
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = (self.child.kill(), self.child.wait());
    }
}

impl Watched for Nginx {
    fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Nginx {
    async fn begins(certificate: &Path, relay: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let free = || std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
        let (address, plain) = (free(), free());
        let at = |name: &str| told(folder.path().join(name));
        let temporary = ["client_body", "proxy", "fastcgi", "scgi", "uwsgi"]
            .map(|name| format!("    {name}_temp_path {};\n", at(name)));
        let text = NGINX
            .replace("    listen [::]:443 ssl http2 default_server;\n", "")
            .replace("    listen [::]:443 ssl http2;\n", "")
            .replace("    listen [::]:80;\n", "")
            .replace("listen 443 ", &format!("listen {address} "))
            .replace("listen 80;", &format!("listen {plain};"))
            .replace("/etc/lykta/tls/fullchain.pem", &told(certificate.join("fullchain.pem")))
            .replace("/etc/lykta/tls/privkey.pem", &told(certificate.join("privkey.pem")))
            .replace("/run/nginx.pid", &at("nginx.pid"))
            .replace("/var/log/nginx/error.log", &at("error.log"))
            .replace("http://127.0.0.1:8080", &format!("http://{relay}"))
            .replace("chatt.cmhv.example relay.cmhv.example personal.cmhv.example", "localhost")
            // As many open files as this process may have.
            .replace("worker_rlimit_nofile 65536;\n", "")
            .replace("worker_connections 32768;", "worker_connections 16384;")
            .replace("http {\n", &format!("http {{\n{}", temporary.concat()));
        std::fs::write(folder.path().join("nginx.conf"), text).unwrap();
        stays_on(MEASURED);
        let child = Command::new("/usr/sbin/nginx")
            .args(["-c", &at("nginx.conf"), "-p", &at(""), "-e", &at("early.log")])
            .args(["-g", "daemon off; master_process off;"])
            .stdin(Stdio::null())
            .spawn();
        stays_on(OTHERS);
        let mut child = child.expect("nginx-light, Debian's package");
        while TcpStream::connect(address).await.is_err() {
            assert!(child.try_wait().unwrap().is_none(), "nginx listens");
            // Nobody tells when a port is opened.
            sleep(Duration::from_millis(20)).await;
        }
        Self { child, address, _folder: folder }
    }
}

fn told(path: PathBuf) -> String {
    path.into_os_string().into_string().unwrap()
}
