# What is sent: mail and SMS.

mail-subject = Iniciar sesión en { $company }
mail-header = Continúe con su inicio de sesión
mail-body = Usted, o alguien que escribió su dirección, pidió a { $company } un enlace para iniciar sesión. Sirve durante { $minutes ->
    [one] un minuto
   *[other] { $minutes } minutos
  } y una sola vez.
    .without-links = Usted, o alguien que escribió su dirección, pidió a { $company } un código para iniciar sesión. Escríbalo en la página en la que lo pidió. Sirve durante { $minutes ->
        [one] un minuto
       *[other] { $minutes } minutos
      } y una sola vez.
mail-link = Continuar
mail-info-code = O escriba este código en la página donde pidió este correo: { $code }. No se lo dé a nadie. Quien se lo pida por teléfono o en un mensaje es un estafador.
mail-info = No reenvíe este enlace. Quien se lo pida es un estafador.
    .without-links = No se lo dé a nadie. Quien se lo pida por teléfono o en un mensaje es un estafador. Nunca enviamos enlaces.
mail-footer = ¿No lo ha pedido usted? Entonces no haga nada: sin este correo nadie puede entrar.

passkey-mail-subject = Se ha añadido una llave de acceso a su cuenta de { $company }
passkey-mail-header = Se ha añadido una llave de acceso
passkey-mail-body = El { $time } se añadió una llave de acceso a su cuenta de { $company }. Quien pueda desbloquear el dispositivo en el que se creó, u otro con el mismo gestor de contraseñas, puede iniciar sesión con ella.
passkey-mail-yours = ¿Ha sido usted? Entonces no tiene que hacer nada.
passkey-mail-not-yours = ¿No ha sido usted? Si hay alguien al teléfono, cuelgue. Después llame de inmediato: { $number }. Pida que se elimine la llave de acceso.
passkey-mail-footer = Este correo no contiene ningún enlace a propósito. No inicie sesión con un enlace de un correo que diga lo mismo.

social-mail-subject = Se ha vinculado a su cuenta el inicio de sesión con { $provider }
social-mail-header = Se ha vinculado un inicio de sesión
social-mail-body = El { $time } se vinculó una cuenta de { $provider } a su cuenta de { $company }, porque las dos tienen esta dirección de correo. Quien inicie sesión allí puede iniciar sesión aquí.
social-mail-not-yours = ¿No ha sido usted? Entonces llame de inmediato y pida que se elimine el vínculo: { $number }.

provider-moment-title = Un momento
provider-moment-body = Estamos iniciando su sesión. Si no ocurre nada, pulse el botón.
provider-moment-button = Continuar
provider-failed-title = No ha iniciado sesión
provider-failed-request = La página que le ha traído aquí ha cometido un error, así que no puede iniciar sesión de esta manera.
provider-failed-over = Este inicio de sesión ya ha terminado o no empezó en este navegador. No se ha iniciado ninguna sesión.
provider-failed-ours = Algo ha fallado por nuestra parte. No se ha iniciado ninguna sesión.
provider-failed-next = Vuelva a la página de la que venía e inténtelo de nuevo, o elija allí otra manera.

sms-request = { $company }: abra solo si ya habla con nosotros:
sms-request-code = { $company }: su código es { $code }. Escríbalo solo en nuestra página, mientras habla con nosotros. Nunca enviamos enlaces.
mail-request-subject = { $company }: se necesita su respuesta
