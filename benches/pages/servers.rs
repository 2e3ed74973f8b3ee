//! The subjects as running servers.

use std::io::Result;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use cache_benches::page::{BARE, Kind, SITES, Site};
use cache_tests::{Folder, Server};

use super::program::{Program, free_address, is_there};

/// What the Django sites need.
const DJANGO: &str = "gunicorn python3-django python3-django-redis";

/// Whose server it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Site(&'static str),
    Nginx,
    DjangoLocMem,
    DjangoRedis,
}

/// A server that is loaded.
pub(crate) struct Subject {
    pub(crate) who: Who,
    pub(crate) name: String,
    pub(crate) remark: String,
    pub(crate) is_ours: bool,
    /// What answers; behind it may be others.
    pub(crate) front: Program,
    _behind: Vec<Program>,
    _redis: Option<Server>,
    _folder: Option<Folder>,
}

/// All that can be started, and why the others cannot.
pub(crate) fn start_all() -> (Vec<Subject>, Vec<String>) {
    let (mut subjects, mut missing) = (Vec::new(), Vec::new());
    let sites = SITES.iter().map(|site| (site.name.to_owned(), start_site(site)));
    let others = [
        ("nginx".to_owned(), start_nginx()),
        ("Django, LocMem".to_owned(), start_django(Who::DjangoLocMem)),
        ("Django, Redis".to_owned(), start_django(Who::DjangoRedis)),
    ];
    for (name, started) in sites.chain(others) {
        match started {
            Ok(subject) => subjects.push(subject),
            Err(reason) => missing.push(format!("{name}: {reason}")),
        }
    }
    (subjects, missing)
}

fn start_site(site: &'static Site) -> Result<Subject> {
    let redis = (site.kind == Kind::OursShared).then(|| Server::redis().start());
    let front = Program::start(&mut site_command(site, redis.as_ref()))?;
    Ok(Subject {
        who: Who::Site(site.name),
        name: site.name.to_owned(),
        remark: site.remark.to_owned(),
        is_ours: matches!(site.kind, Kind::Ours | Kind::OursShared),
        front,
        _behind: Vec::new(),
        _redis: redis,
        _folder: None,
    })
}

/// What serves a site of ours.
pub(crate) fn site_command(site: &Site, redis: Option<&Server>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_page_server"));
    command.arg(site.name);
    if let Some(redis) = redis {
        command.env("REDIS_URL", redis.url());
    }
    command
}

fn start_nginx() -> Result<Subject> {
    need("nginx", "nginx")?;
    let app = Program::start(&mut site_command(BARE, None))?;
    let (folder, address) = (Folder::new(), free_address()?);
    let settings = include_str!("nginx.conf")
        .replace("{folder}", &folder.path().display().to_string())
        .replace("{address}", &address)
        .replace("{app}", &app.address);
    let file = written(&folder, "nginx.conf", &settings)?;
    let front = Program::start_at(Command::new("nginx").arg("-c").arg(file), address)?;
    Ok(Subject {
        who: Who::Nginx,
        name: "nginx `proxy_cache`".to_owned(),
        remark: "2 workers, in front of the bare handler; `proxy_cache_lock` on".to_owned(),
        is_ours: false,
        front,
        _behind: vec![app],
        _redis: None,
        _folder: Some(folder),
    })
}

fn start_django(who: Who) -> Result<Subject> {
    need("gunicorn", DJANGO)?;
    let redis = (who == Who::DjangoRedis).then(|| Server::redis().start());
    let (folder, address) = (Folder::new(), free_address()?);
    written(&folder, "pages.py", include_str!("django_pages.py"))?;
    let command = || {
        let mut command = Command::new("gunicorn");
        command
            .args(["--workers", "2", "--worker-class", "gthread", "--threads", "4", "--keep-alive", "60"])
            .args(["--backlog", "1024", "--bind", &address, "pages:application"])
            .env("RUNS", folder.file("runs"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .envs(redis.as_ref().map(|redis| ("REDIS_URL", redis.url())))
            .current_dir(folder.path());
        command
    };
    check(&mut command())?;
    let front = Program::start_at(&mut command(), address.clone())?;
    let store = if redis.is_some() { "Redis" } else { "LocMem" };
    Ok(Subject {
        who,
        name: format!("Django `cache_page`, {store}"),
        remark: "gunicorn, 2 workers of 4 threads each".to_owned(),
        is_ours: false,
        front,
        _behind: Vec::new(),
        _redis: redis,
        _folder: Some(folder),
    })
}

/// Whether gunicorn finds Django and the application: its master would take connections before it knows.
fn check(command: &mut Command) -> Result<()> {
    let checked = command.arg("--check-config").stderr(Stdio::null()).status()?;
    let hint = format!("gunicorn finds no Django: apt-get install {DJANGO}");
    if checked.success() { Ok(()) } else { Err(std::io::Error::other(hint)) }
}

fn need(program: &str, packages: &str) -> Result<()> {
    let hint = format!("`{program}` is not installed: apt-get install {packages}");
    if is_there(program) { Ok(()) } else { Err(std::io::Error::other(hint)) }
}

fn written(folder: &Folder, name: &str, text: &str) -> Result<PathBuf> {
    let file = folder.file(name);
    std::fs::write(&file, text)?;
    Ok(file)
}
