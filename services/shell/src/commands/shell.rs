//! The facet `Shell`.

use std::io::Write as _;
use std::rc::Rc;

use capos_schema::shell_capnp::shell::{
    CdParams, CdResults, CwdParams, CwdResults, EnvParams, EnvResults, ExecParams, ExecResults, RunParams, RunResults,
    Server, SetEnvParams, SetEnvResults, SpawnParams, SpawnResults, UnsetEnvParams, UnsetEnvResults,
};
use tempfile::NamedTempFile;

use super::options::{Options, Words, utf8};
use super::running::{Otherwise, Running};
use super::stream::stream;
use crate::service::Seat;
use crate::{Error, Limits};

/// What reads a script where nothing else is asked for.
const SCRIPT_SHELL: &str = "/bin/bash";

/// Runs commands for one session.
pub(super) struct Facet(Rc<Seat>);

type Outcome = Result<(), capnp::Error>;

impl Facet {
    pub(super) fn new(seat: &Rc<Seat>) -> Self {
        Self(seat.clone())
    }

    fn limits(&self) -> &Limits {
        &self.0.ground.settings.limits
    }

    fn options(
        &self,
        said: capnp::Result<capos_schema::shell_capnp::shell_options::Reader<'_>>,
    ) -> Result<Options, capnp::Error> {
        Options::parse(said?, &self.0.commands.place.borrow(), self.limits())
    }
}

impl Server for Facet {
    async fn exec(self: Rc<Self>, params: ExecParams, mut results: ExecResults) -> Outcome {
        let asked = params.get()?;
        let options = self.options(asked.get_options())?;
        let words = Words::parse(asked.get_command()?, asked.get_args()?, self.limits())?.within(&options.shell)?;
        let bytes = options.bytes;
        let outcome = self.0.commands.execute(&words, options).await?;
        outcome.write(results.get().init_result(), bytes);
        Ok(())
    }

    async fn spawn(self: Rc<Self>, params: SpawnParams, mut results: SpawnResults) -> Outcome {
        let asked = params.get()?;
        let mut options = self.options(asked.get_options())?;
        let words = Words::parse(asked.get_command()?, asked.get_args()?, self.limits())?.within(&options.shell)?;
        let running = Running::start(&self.0.commands, &words, &mut options, Otherwise::Open).await?;
        results.get().set_stream(stream(running, options.bytes, self.limits()));
        Ok(())
    }

    async fn run(self: Rc<Self>, params: RunParams, mut results: RunResults) -> Outcome {
        let asked = params.get()?;
        let options = self.options(asked.get_options())?;
        let script = script(utf8(asked.get_script()?)?, self.limits())?;
        let words = Words {
            program: if options.shell.is_empty() { SCRIPT_SHELL.to_owned() } else { options.shell.clone() },
            arguments: vec![script.path().to_string_lossy().into_owned()],
        };
        let bytes = options.bytes;
        let outcome = self.0.commands.execute(&words, options).await?;
        outcome.write(results.get().init_result(), bytes);
        Ok(())
    }

    async fn cwd(self: Rc<Self>, _: CwdParams, mut results: CwdResults) -> Outcome {
        results.get().set_path(&*self.0.commands.place.borrow().directory().to_string_lossy());
        Ok(())
    }

    async fn cd(self: Rc<Self>, params: CdParams, _: CdResults) -> Outcome {
        Ok(self.0.commands.place.borrow_mut().cd(utf8(params.get()?.get_path()?)?)?)
    }

    async fn env(self: Rc<Self>, _: EnvParams, mut results: EnvResults) -> Outcome {
        let place = self.0.commands.place.borrow();
        let variables = place.variables();
        let mut list = results.get().init_env(u32::try_from(variables.len()).unwrap_or(u32::MAX));
        for (at, (name, value)) in (0..).zip(variables) {
            let mut variable = list.reborrow().get(at);
            variable.set_name(&**name);
            variable.set_value(&**value);
        }
        Ok(())
    }

    async fn set_env(self: Rc<Self>, params: SetEnvParams, _: SetEnvResults) -> Outcome {
        let asked = params.get()?;
        let (name, value) = (utf8(asked.get_key()?)?, utf8(asked.get_value()?)?);
        Ok(self.0.commands.place.borrow_mut().set(name, value, self.limits())?)
    }

    async fn unset_env(self: Rc<Self>, params: UnsetEnvParams, _: UnsetEnvResults) -> Outcome {
        self.0.commands.place.borrow_mut().unset(utf8(params.get()?.get_key()?)?);
        Ok(())
    }
}

/// A script as a file: it may be longer than an argument, whatever reads scripts reads files, and its input stays free
/// for what the script itself reads. The file is gone when this is dropped.
fn script(text: &str, limits: &Limits) -> Result<NamedTempFile, Error> {
    if text.len() > limits.script_bytes {
        return Err(Error::BadRequest("the script is too long"));
    }
    let written = tempfile::Builder::new().prefix("script-").tempfile().and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        Ok(file)
    });
    written.map_err(|error| {
        tracing::warn!("a script could not be written down: {error}");
        Error::Quota("there is no room for the script in the temporary directory")
    })
}
