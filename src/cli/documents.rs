//! `maru openapi` and `maru schema`: the documents, as served and as committed.

use std::process::ExitCode;

use clap::ValueEnum;

use super::{Failure, Outcome};
use crate::api::{graphql, server};

#[derive(Clone, Copy, ValueEnum)]
enum SurfaceArgument {
    /// For shoppers' apps.
    Store,
    /// For staff tools and integrations.
    Admin,
}

/// Print the OpenAPI 3.1 document of a surface.
#[derive(clap::Args)]
pub struct Openapi {
    surface: SurfaceArgument,
}

/// Print the GraphQL schema (SDL) of a surface.
#[derive(clap::Args)]
pub struct Schema {
    surface: SurfaceArgument,
}

impl Openapi {
    pub(super) fn run(self) -> Outcome {
        let (store, admin) = server::documents();
        let document = match self.surface {
            SurfaceArgument::Store => store,
            SurfaceArgument::Admin => admin,
        };
        println!("{}", document.to_pretty_json().map_err(|e| Failure::Failed(e.to_string()))?);
        Ok(ExitCode::SUCCESS)
    }
}

impl Schema {
    pub(super) fn run(self) -> Outcome {
        let (store, admin) = graphql::sdls();
        print!(
            "{}",
            match self.surface {
                SurfaceArgument::Store => store,
                SurfaceArgument::Admin => admin,
            }
        );
        Ok(ExitCode::SUCCESS)
    }
}
